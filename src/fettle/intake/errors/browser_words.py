"""What engines of JavaScript say of the same error, each in its own words.

An error a paragraph: what is said of it here, behind ` = ` what its type is called where browsers
differ, and below that the expressions of all that engines say. The first that fits counts.
`{name}` is the last name of what a form has as `name` or `of`; `{nothing}` is undefined or null.

Sources: the engines' own tables of messages (message-template.h of V8, js.msg of SpiderMonkey,
ExceptionHelpers of JavaScriptCore) and MDN's reference of errors.
"""

WORDS = r"""
what is not an object was made one
    Cannot convert undefined or null to object
    can't convert (?:undefined|null) to object
    Object\.\w+ requires that input parameter not be null or undefined
    (?:undefined|null) is not an object \(evaluating 'Object\.\w+\(.*

reached for {name} of {nothing}
    Cannot (?:read|set) properties of (?P<nothing>undefined|null) \(\w+ '(?P<name>[^']*)'\)
    Cannot (?:read|set) property '(?P<name>[^']*)' of (?P<nothing>undefined|null)
    Cannot destructure property '(?P<name>[^']*)' of .* as it is (?P<nothing>undefined|null)\.?
    can't access property "?(?P<name>[^",]*)"?, .* is (?P<nothing>undefined|null)
    (?P<nothing>undefined|null) is not an object \(evaluating '(?P<of>.*)'\)
    Unable to (?:get|set) property '(?P<name>[^']*)' of (?P<nothing>undefined|null).*
    (?P<of>[\w$.\[\]()"']+) is (?P<nothing>undefined|null)

what cannot be iterated was iterated
    .* is not iterable.*
    undefined is not a function \(near '\.\.\..*
    Spread syntax requires \.\.\.iterable.*
    .* is not a function or its return value is not iterable

not a function: {name}
    undefined is not a function \(evaluating '(?P<of>.*)'\)
    (?P<of>.{1,200}?) is not a function(?:\. \(In '.*)?

not a constructor: {name}
    undefined is not a constructor \(evaluating '(?:new )?(?P<of>.*)'\)
    (?P<of>.{1,200}?) is not a constructor(?: \(evaluating .*)?

not defined: {name}
    (?P<name>[\w$]+) is not defined
    Can't find variable: (?P<name>[\w$]+)
    '(?P<name>[\w$]+)' is undefined

the network failed
    Failed to fetch(?: \(.*\))?
    NetworkError when attempting to fetch resource\.?(?: \(.*\))?
    Load failed(?: \(.*\))?
    Network request failed
    The network connection was lost\.?
    The Internet connection appears to be offline\.?

a request was given up
    The user aborted a request\.?
    signal is aborted without reason
    The operation was aborted\.?
    Fetch is aborted
    The play\(\) request was interrupted .*
    The fetching process for the media resource was aborted .*

JSON that ends too early
    Unexpected end of JSON input
    JSON\.parse: unexpected end of data.*
    JSON Parse error: Unexpected EOF
    Unterminated string in JSON.*
    JSON Parse error: Unterminated string
    JSON\.parse: unterminated string.*

what is not JSON was read as JSON
    (?:Unexpected|Expected|Bad|No number|Exponent|Unterminated) .* in JSON.*
    Unexpected non-whitespace character after JSON.*
    .* is not valid JSON
    JSON\.parse: .*
    JSON Parse error: .*

recursion without an end = RangeError
    Maximum call stack size exceeded\.?
    too much recursion
    Out of stack space

what is read-only was assigned to
    Assignment to constant variable\.?
    invalid assignment to const .*
    Attempted to assign to readonly property\.?
    Cannot assign to read only property .*
    ".*" is read-only
    Cannot set property .* which has only a getter
    setting getter-only property .*

a name was used before its declaration
    Cannot access '.*' before initialization
    can't access lexical declaration .* before initialization
    Cannot access uninitialized variable\.?

what cannot be extended was
    Cannot (?:add|define) property .*, object is not extensible
    can't define property .*: .* is not extensible
    Attempting to (?:define property on|add property to) .*not extensible.*

what cannot be deleted was
    Cannot delete property .*
    property .* is non-configurable and can't be deleted
    Unable to delete property\.?

a node is not where it was = NotFoundError
    Failed to execute '(?:removeChild|insertBefore|replaceChild)' on 'Node': The node .*
    Node\.(?:removeChild|insertBefore|replaceChild): .*
    The object can not be found here\.?

a node cannot be put there = HierarchyRequestError
    Failed to execute '\w+' on 'Node': The new child element contains the parent\.?
    Node\.\w+: The new child is an ancestor of the parent
    The operation would yield an incorrect node tree\.?

an object was not ready for it = InvalidStateError
    Failed to execute '\w+' on 'WebSocket': Still in CONNECTING state\.?
    An attempt was made to use an object that is not, or is no longer, usable
    The object is in an invalid state\.?

a resize did not settle
    ResizeObserver loop (?:limit|completed) .*

declared twice: {name}
    Identifier '(?P<name>[^']*)' has already been declared
    redeclaration of \w+ (?P<name>[\w$]+)
    Can't create duplicate variable: '(?P<name>[^']*)'

what cannot be defined anew was
    Cannot redefine property: .*
    can't redefine non-configurable property .*
    Attempting to change .* of (?:a readonly|an? unconfigurable) property\.?

a private member of something else was reached for
    Cannot (?:read|write) private member .*
    can't access private field or method: .*
    Cannot access invalid private field.*

it extends what is no class
    Class extends value .*
    class heritage .* is not an object or null
    The superclass is not a constructor\.?

no language, time zone or currency
    (?:Invalid|invalid) (?:language tag|time zone|currency code).*
    Incorrect locale information provided
    currency is not a well-formed currency code

no moment in time
    Invalid time value
    [Ii]nvalid [Dd]ate
    date value is not finite.*

no length of an array
    [Ii]nvalid array length
    Array size is not a small enough positive integer\.?
    (?:Invalid array buffer length|Length out of range of buffer)

a circle was made JSON
    Converting circular structure to JSON.*
    cyclic object value
    JSON\.stringify cannot serialize cyclic structures\.?

`in` was asked of what is no object
    Cannot use 'in' operator to search for .*
    cannot use 'in' operator to search for .*
    right-hand side of 'in' should be an object.*
    .* is not an Object\. \(evaluating .*

`instanceof` was asked of what is no class
    Right-hand side of 'instanceof' is not .*
    invalid 'instanceof' operand .*
    Right hand side of instanceof is not .*

the browser's storage is full = QuotaExceededError
    .* exceeded the quota\.?
    The quota has been exceeded\.?
    Persistent storage maximum size reached

the browser's storage is closed to the page = SecurityError
    Failed to read the '(?:local|session)Storage' property from 'Window': .*
    The operation is insecure\.?

another site's frame was reached for = SecurityError
    .*Blocked a frame with origin .*
    Permission denied to access property .*

a module could not be loaded
    Failed to fetch dynamically imported module.*
    error loading dynamically imported module.*
    Importing a module script failed\.?

a chunk could not be loaded
    Loading (?:CSS )?chunk \S+ failed.*

no URL
    (?:Failed to construct 'URL': )?Invalid URL
    URL constructor: .* is not a valid URL\.?
    .* cannot be parsed as a URL.*

no URI
    URI malformed
    malformed URI sequence
    URI error

a class was called without `new`
    Class constructor .* cannot be invoked without 'new'
    class constructors must be invoked with 'new'
    Cannot call a class constructor .*

`this` came before `super()`
    Must call super constructor in derived class before .*
    must call super constructor before .*
    'super\(\)' must be called in derived constructor .*

an empty array was reduced
    [Rr]educe of empty array with no initial value

a BigInt was mixed with a number
    Cannot mix BigInt .*
    can't convert BigInt to number
    Invalid mix of BigInt .*

so many digits cannot be
    to(?:Fixed|Precision|Exponential)\(\) .*
    precision .* out of range

it was called on something else
    Illegal invocation
    .* called on an object that does not implement interface .*
    Can only call .* on instances of .*

what cannot be cloned was = DataCloneError
    .* could not be cloned\.?
    The object can not be cloned\.?

no selector = SyntaxError
    .* is not a valid selector\.?
    The string did not match the expected pattern\.?

no base64 = InvalidCharacterError
    Failed to execute 'atob' on .*
    Invalid character
    (?:Window\.atob: )?String contains an invalid character
    The string contains invalid characters\.?

the user has not allowed it = NotAllowedError
    play\(\) (?:can only be initiated by|failed because) .*
    The play method is not allowed by the user agent.*
    The request is not allowed by the user agent.*
    Clipboard write was blocked due to lack of user activation\.?
    Write permission denied\.?

no regular expression
    Invalid regular expression: .*
    unterminated (?:parenthetical|character class)
    (?:nothing to repeat|invalid regexp group)

a page was read as a script
    Unexpected token '?<'?
    expected expression, got '<'

a symbol was made text or a number
    Cannot convert a [Ss]ymbol (?:value )?to a (?:string|number)
    can't convert symbol to (?:string|number)

what has no plain value was made one
    Cannot convert object to primitive value
    can't convert .* to primitive type
    No default value
"""

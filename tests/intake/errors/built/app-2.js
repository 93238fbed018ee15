
!function(){try{var e="undefined"!=typeof window?window:"undefined"!=typeof global?global:"undefined"!=typeof globalThis?globalThis:"undefined"!=typeof self?self:{},n=(new e.Error).stack;n&&(e._sentryDebugIds=e._sentryDebugIds||{},e._sentryDebugIds[n]="aedf0b0a-3e64-54b2-8adc-ad6f132404d8")}catch(e){}}();
(()=>{var a=Object.defineProperty;var l=(n,t,r)=>t in n?a(n,t,{enumerable:!0,configurable:!0,writable:!0,value:r}):n[t]=r;var o=(n,t,r)=>l(n,typeof t!="symbol"?t+"":t,r);var u=class{constructor(){o(this,"lines",[])}add(t){this.lines.push(t)}total(){return this.lines.reduce((t,r)=>t+c(r),0)}};function c(n){return n.price.amount*n.quantity}var p=new Map([["SPRING",.1],["STAFF",.3]]);function i(n){return n===null?0:p.get(n.trim().toUpperCase())??0}function s(n){return/^[A-Z]{4,10}$/.test(n)}var e=null;function m(n){return e=s(n)?n:null,e!==null}function d(n){return(n.total()*(1-i(e))).toFixed(2)}function f(){let n=new u;return n.add({sku:"tea",quantity:2,price:{amount:3}}),n.add({sku:"cup",quantity:1,price:null}),d(n)}globalThis.placeOrder=f;globalThis.useCoupon=m;})();
//# sourceMappingURL=app-2.js.map

//# debugId=aedf0b0a-3e64-54b2-8adc-ad6f132404d8

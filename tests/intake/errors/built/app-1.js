
!function(){try{var e="undefined"!=typeof window?window:"undefined"!=typeof global?global:"undefined"!=typeof globalThis?globalThis:"undefined"!=typeof self?self:{},n=(new e.Error).stack;n&&(e._sentryDebugIds=e._sentryDebugIds||{},e._sentryDebugIds[n]="2750c59e-0001-5737-a6c5-ca9ba0285779")}catch(e){}}();
(()=>{var u=Object.defineProperty;var a=(t,n,e)=>n in t?u(t,n,{enumerable:!0,configurable:!0,writable:!0,value:e}):t[n]=e;var i=(t,n,e)=>a(t,typeof n!="symbol"?n+"":n,e);var r=class{constructor(){i(this,"lines",[])}add(n){this.lines.push(n)}total(){return this.lines.reduce((n,e)=>n+o(e),0)}};function o(t){return t.price.amount*t.quantity}function c(t){return t.total().toFixed(2)}function s(){let t=new r;return t.add({sku:"tea",quantity:2,price:{amount:3}}),t.add({sku:"cup",quantity:1,price:null}),c(t)}globalThis.placeOrder=s;})();
//# sourceMappingURL=app-1.js.map

//# debugId=2750c59e-0001-5737-a6c5-ca9ba0285779

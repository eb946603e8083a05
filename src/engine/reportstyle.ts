/** The look of report.html: two columns of numbers and bars, in light, dark and print. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--dim:#5b6675;--line:#d5dbe3;--paper:#fff;--bar:#6b8cae;--good:#2f7d4f;--bad:#b3382c}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf1;--dim:#a3adba;--line:#39424e;--paper:#161b22;--bar:#7ea2c8;--good:#5fb684;--bad:#ef7f74}}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.6rem;line-height:1.25;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem}
.verdict{border-left:.35rem solid;padding:.6rem 1rem}
.verdict.good{border-color:var(--good)}.verdict.bad{border-color:var(--bad)}
dl{display:grid;gap:.15rem;margin:1rem 0}
dl div{display:grid;grid-template-columns:6rem 1fr}
dt{color:var(--dim)}dd{margin:0}
table{border-collapse:collapse;width:100%}
caption{text-align:left;color:var(--dim);padding-bottom:.35rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-top:1px solid var(--line);overflow-wrap:anywhere}
thead th{color:var(--dim);font-weight:600;white-space:nowrap}tbody th{font-weight:600;min-width:9rem}
.fate{white-space:nowrap}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.totals th{width:14rem}.totals .n{width:8rem}
.bar{display:block;min-width:6rem;height:.7rem;margin-top:.4rem;background:var(--line);border-radius:.35rem;overflow:hidden}
.bar span{display:block;height:100%;background:var(--bar)}
.bar.good span{background:var(--good)}.bar.bad span{background:var(--bad)}
ul{margin:0;padding-left:1.1rem}
.kind,.foot{color:var(--dim)}
code{font:.95em ui-monospace,monospace}
@media(max-width:40rem){.totals th{width:auto}.bar{min-width:3rem}}
@media print{body{font-size:11pt}main{max-width:none;padding:0}tr{break-inside:avoid}.bar,.bar span{print-color-adjust:exact}}
`.replace(/\n/g, '');

/** No-break spaces where French wants them; sources keep plain ones. The same rule as kernel/typography.py. */
export const french = (text) => text.replace(/(?<=^|\S) (?=[:;?!»](?:[\s).,!?»…]|$))|(?<=«) /gu, '\u00a0');

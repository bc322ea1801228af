/** Intl writes « 1 décembre » where French says « 1er décembre ». */
export const withFirst = (text) => text.replace(/(^| )1 (?=\p{L}{3})/u, '$11er ');

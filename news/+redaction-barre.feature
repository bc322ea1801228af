Texts of the site are typed with a toolbar (bold, italic, heading, lists, quotation, link, picture of the site) and a live preview made by the server; without scripts the field and its marks remain.

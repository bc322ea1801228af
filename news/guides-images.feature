Editorial: ten illustrated guides of screens, their pictures taken from the real pages; three more, of workspaces, joint purchasing and writing on the site.

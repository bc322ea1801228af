A document of a workspace is proposed as an act by who prepares acts: a draft is made of its last version.

The list of a training says which numbers were only declared by people without an account, and which organisation of the portal bears them.

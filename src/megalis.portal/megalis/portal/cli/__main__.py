"""`python -m megalis.portal.cli`, for machines where the console script is not on the path."""

from megalis.portal.cli import main

import sys


sys.exit(main())

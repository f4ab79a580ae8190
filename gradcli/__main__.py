"""`python -m gradcli`."""

import sys

from gradcli.cli.main import main

sys.exit(main())

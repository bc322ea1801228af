"""What the tests of the law on a site share: codes of what is found and of what is refused."""

from megalis.portal.consultations import gathering
from megalis.portal.consultations import workflow
from megalis.portal.formats.refusal import Refused

import pytest


def codes(findings):
    return [finding.code for finding in findings]


def seen(consultation):
    return codes(gathering.checklist_findings(consultation, others=False))


def refused(call, *args):
    with pytest.raises((Refused, workflow.Refused)) as caught:
        call(*args)
    return caught.value.code

"""What the tests of the desk share: the mobile study and its arrays."""

from __future__ import annotations

import pandas as pd
import pytest
from mobile_study import Mobile

import csimodels as cs
from csimodels.spec import Model


@pytest.fixture(scope="session")
def mobile(ecsi: Model, mobi: pd.DataFrame) -> Mobile:
    """The ECSI model on the mobile data, PLS mode A, path scheme."""
    result = cs.Study(ecsi, mobi, uncertainty=None).run()
    names = result.index()["construct"].to_list()
    table = result.paths().pivot(index="target", columns="source", values="estimate").reindex(names, columns=names)
    scores = result.scores()[names].to_numpy(float)
    return Mobile(
        names, table.fillna(0).to_numpy(float), result.index()["index"].to_numpy(float), scores.std(0), scores
    )

"""What the Errors page knows of a table of answers that was made up."""

from pathlib import Path

import pandas as pd

from pages.parts import errors_known
from pages.parts.errors_known import Known
from tests.training.tables import about
from training import prediction_table
from training.evaluations import Kept


def of(made: pd.DataFrame, folder: Path) -> Known:
    path = folder / "evaluation-photos-all.parquet"
    prediction_table.write(path, made, about())
    return errors_known.known(Kept(path, about(), False))

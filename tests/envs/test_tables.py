"""Samples in tables: what a file may look like, and what is said of one that may not."""

import gzip

import numpy as np
import pytest
from support.sample_files import NAMED, csv_file, everything, npz_file, rows

from envs.content import MISSING, MOST_CONNECTIONS, MOST_SPELLINGS
from envs.samples import load
from envs.tables import LONGEST_ROW
from wann.errors import WannError


def test_a_table_with_and_without_names(tmp_path):
    bare = load(csv_file(tmp_path / "bare.csv", rows()))
    named = load(csv_file(tmp_path / "named.csv", ["width,height,class", *rows()]))
    assert bare.inputs == ("input 1", "input 2") and named.inputs == ("width", "height")
    assert bare.outputs == named.outputs == ("no", "yes")
    expected = {
        (float(np.float32(i / 10)), float(np.float32(-i / 10)), ("yes", "no")[i % 2])
        for i in range(20)
    }
    assert everything(bare) == everything(named) == expected
    assert [len(part.labels) for part in (bare.train, bare.validation, bare.test)] == [
        14,
        2,
        4,
    ] and bare.batch == 14
    for part in (bare.train, bare.validation, bare.test):
        assert np.ptp(np.bincount(part.labels)) == 0
    assert bare.digest != named.digest and load(tmp_path / "bare.csv") is bare


@pytest.mark.parametrize(
    "lines",
    [
        ['"width","height","class"', *('"' + line.replace(",", '","') + '"' for line in rows())],
        ["width;height;class", *rows(separator=";")],
        ["width\theight\tclass", *rows(separator="\t")],
        ["width, height, class", *(line.replace(",", " , ") for line in rows()), "", "   "],
        ["\ufeffwidth,height,class", *(line + "\r" for line in rows())],
        ["width,height,class", "", *rows()],
    ],
    ids=["quoted", "semicolons", "tabs", "spaces", "windows", "empty lines"],
)
def test_tables_as_programs_write_them(tmp_path, lines):
    plain = load(csv_file(tmp_path / "plain.csv", ["width,height,class", *rows()]))
    assert load(csv_file(tmp_path / "other.CSV", lines)).digest == plain.digest


def test_names_and_classes_with_separators_and_quotes(tmp_path):
    lines = ['"a, b","say ""c""",class', *rows(classes=('"x, y"', '"say ""z"""'))]
    task = load(csv_file(tmp_path / "a.csv", lines))
    assert task.inputs == ("a, b", 'say "c"') and task.outputs == ('say "z"', "x, y")
    task = load(csv_file(tmp_path / "b.csv", rows(classes=("größer", "大"))))
    assert task.outputs == ("größer", "大")


def test_classes_that_are_numbers_come_in_their_order(tmp_path):
    task = load(csv_file(tmp_path / "a.csv", rows(66, classes=[str(k) for k in range(11)])))
    assert task.outputs == tuple(map(str, range(11)))
    for part in (task.train, task.test):
        for x, y in zip(part.inputs[:, 0], part.labels, strict=True):
            assert round(float(x) * 10) % 11 == y


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([*NAMED, "1.5,x,yes"], "row 22 has 'x' for 'height': must be a finite number"),
        ([*NAMED, "", "nan,2,yes"], "row 23 has 'nan' for 'width': must be a finite number"),
        ([*NAMED, "1,-inf,yes"], "row 22 has '-inf' for 'height'"),
        ([*NAMED, "1,1e39,yes"], "row 22 has '1e39' for 'height'"),
        ([*NAMED, "1,,yes"], "row 22 has '' for 'height': .* remove or replace such rows"),
        (
            [*NAMED, "1,2,"],
            r"row 22 has no class \(''\): remove .*; the class is in column 3, or where --target",
        ),
        ([*NAMED, "1,2,NA"], r"row 22 has no class \('NA'\)"),
        ([*NAMED, "", "1,2,nan"], r"row 23 has no class \('nan'\)"),
        ([*NAMED, '1,2,"N/A"'], r"row 22 has no class \('N/A'\)"),
        ([*NAMED, "1,2,None"], r"row 22 has no class \('None'\)"),
        ([*NAMED, "1,2,?"], r"row 22 has no class \('\?'\)"),
        ([*NAMED, "1,NA,yes"], "row 22 has 'NA' for 'height'"),
        ([*NAMED, "1_000,2,yes"], "row 22 has '1_000' for 'width'"),
        ([*NAMED, "0x10,2,yes"], "row 22 has '0x10' for 'width'"),
        ([*NAMED, "١,2,yes"], "row 22 has '١' for 'width'"),
        ([*NAMED, '"1,000",2,yes'], "row 22 has '1,000' for 'width'"),
        ([*NAMED, "1.000.000,2,yes"], "row 22 has '1.000.000' for 'width'"),
        (
            ["1_000,2,yes", *rows()],
            "row 1 has '1_000' for 'input 1': .*; if row 1 names the columns, give names that",
        ),
        (["inf,2,yes", *rows()], "row 1 has 'inf' for 'input 1'"),
        (["NA,NA,yes", *rows()], "row 1 has 'NA' for 'input 1'"),
        (
            ["id,2019,class", *rows()],
            "row 1 has 'id' for 'input 1': .*; if row 1 names the columns",
        ),
        (
            ["2019,2021,class", *rows()],
            "row 1 has 'class' for the class, as no other: remove it; if row 1 names",
        ),
        (
            rows(classes=[str(k) for k in range(20)]),
            "20 classes, of which '0' has 1 samples: .* where --target COLUMN",
        ),
        *(
            (
                [first, *rows(classes=classes)],
                f"row 1, .*, has no numbers, but the class of other rows, '{first.split(',')[2]}'",
            )
            for first, classes in (
                ("$1.50,$2.50,yes", ("yes", "no")),
                ("1 kg,2 kg,no", ("yes", "no")),
                ("1/2/24,low,1.0", "01"),
                ("10:30,NA,1", "01"),
            )
        ),
        (["1.5,2.5,rare", *rows()], "row 1 has 'rare' for the class, as no other"),
        (
            ["0,1,2", *(line.replace(".", "") for line in rows(classes="012"))],
            "row 1, 0,1,2, may be names of columns, as pandas numbers them, or a sample",
        ),
        (["0,1", *(f"{i},{i % 2}" for i in range(20))], "row 1, 0,1, may be names of columns"),
        *(
            (
                [first, *(f"{i % 7},{i % 3},{i % 4}" for i in range(60))],
                f"row 1, {first}, may be .* or move it down if",
            )
            for first in ("1,2,3", "0.0,1.0,2.0", "0,2,1", "2,1,0", "3,2,1", "5.,4,3.00", "1,2,0")
        ),
        (
            ["1.0,2.0,0.0", *(f"{i % 7}.0,{i % 3}.5,{i % 2}.0" for i in range(60))],
            "row 1, 1.0,2.0,0.0, may be names",
        ),
        (
            [",0,1,2", *(f"{i},{line}" for i, line in enumerate(rows(classes="23")))],
            "column 1 has no name",
        ),
        (
            [*NAMED, *rows(classes=["01", "1"])],
            "the classes '01' and '1' are the same number: spell them alike",
        ),
        ([*NAMED, "1,2,3,yes"], "row 22 has 4 values: must have 3, as the first"),
        ([*NAMED, "1"], "row 22 has 1 values"),
        (
            [*NAMED, "1,2,rare"],
            "3 classes, of which 'rare' has 1 samples: must be at least 2, of at least 5",
        ),
        (
            ["5,1;3,5;a", "4,9;3,0;b"],
            "row 1 has '5,1' for 'input 1': must be a finite number with a decimal point",
        ),
        (
            ["a;b;c", "4,9;3,0;b"],
            (
                r"row 2 has '4,9' for 'a': .* rows, or give --target COLUMN if the class is not in"
                r" column 3$"
            ),
        ),
        (["yes", "no"], "row 1 has one value: .* separated by commas, semicolons, tabs or spaces"),
        (["a,a,class", *rows()], "'a' is the name of several columns"),
        (
            [",height,class", *rows()],
            "column 1 has no name: give it one, or remove it if it counts the rows",
        ),
        (
            ["a\x1b[31m,b,class", *rows()],
            r"'a\\x1b\[31m' is the name of an input or class: must be text, printable",
        ),
        ([*NAMED, *rows(classes=["x" * 1001])], "at most 1000 characters"),
        ([*NAMED, '1,"2\n3",yes'], "near row 22: not a CSV file in UTF-8"),
        ([*NAMED, "1," + "2" * LONGEST_ROW + ",yes"], f"a line of more than {LONGEST_ROW} bytes"),
        (["width,height,class"], "0 classes: must be at least 2"),
        ([], "holds no samples"),
        (["", "  "], "holds no samples"),
        (
            [",".join(map(str, range(10**5)))],
            "99999 inputs: inputs x classes must be at most 50000",
        ),
        (
            [*NAMED, *(f"1,2,c{i}" for i in range(MOST_SPELLINGS))],
            f"has another class than {MOST_SPELLINGS} before it",
        ),
        ([line.replace("no", "yes") for line in NAMED], "1 classes, of which 'yes' has 20 samples"),
    ],
)
def test_tables_that_are_refused(tmp_path, lines, message):
    path = csv_file(tmp_path / "own.csv", lines)
    with pytest.raises(WannError, match=message) as error:
        load(path)
    assert str(error.value).startswith(f"{path}: ") and str(error.value).isprintable()


def test_other_encodings_and_files(tmp_path):
    for encoding in ("utf-16", "utf-16-le", "utf-16-be", "latin-1"):
        reason = (
            "codec can't decode"
            if encoding == "latin-1"
            else "it is in UTF-16, or no text at all: save it as UTF-8"
        )
        with pytest.raises(WannError, match=rf"near row 1: not a CSV file in UTF-8 \(.*{reason}"):
            load(csv_file(tmp_path / f"{encoding}.csv", ["größe,b,class", *rows()], encoding))
    for name in ("own.xlsx", "own.gz", "own"):
        with pytest.raises(
            WannError, match=r"must .*end.* in \.csv, \.tsv, \.txt, \.data, \.csv\.gz, .*\.npz$"
        ):
            load(csv_file(tmp_path / name, NAMED))
    with pytest.raises(OSError, match="No such file"):
        load(tmp_path / "missing.csv")


def test_more_connections_than_a_population_could_hold(tmp_path):
    n = MOST_CONNECTIONS // 2 + 1
    with pytest.raises(
        WannError, match=f"{n} inputs and 2 classes: inputs x classes must be at most"
    ):
        load(npz_file(tmp_path / "a.npz", X=np.zeros((20, n))))


# --------------------------------------------------------------------------- endings and separators
@pytest.mark.parametrize("ending", ["csv", "tsv", "txt", "data", "CSV", "Data"])
def test_every_ending_packed_or_not(tmp_path, ending):
    plain = load(csv_file(tmp_path / "plain.csv", NAMED))
    assert load(csv_file(tmp_path / f"own.{ending}", NAMED)).digest == plain.digest
    for packed in ("gz", "GZ"):
        path = tmp_path / f"own.{ending}.{packed}"
        path.write_bytes(gzip.compress("\n".join(NAMED).encode()))
        assert load(path).digest == plain.digest


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(",", " "),
        lambda line: "  " + line.replace(",", "    ") + "  ",
        lambda line: '"' + line.replace(",", '"   "') + '"',
        lambda line: line.replace(",", " \t "),
        lambda line: line.replace(",", "\t") + "\r",
    ],
    ids=["spaces", "several spaces", "quotes", "tabs and spaces", "tabs"],
)
def test_values_separated_by_spaces(tmp_path, change):
    plain = load(csv_file(tmp_path / "plain.csv", NAMED))
    assert load(csv_file(tmp_path / "own.data", map(change, NAMED))).digest == plain.digest


def test_packed_tables_that_are_damaged(tmp_path):
    data = gzip.compress("\n".join(NAMED).encode())
    for k, bad in enumerate(
        (data[:-9], data[:40] + bytes([data[40] ^ 1]) + data[41:], b"no gzip", data + b"more")
    ):
        path = tmp_path / f"{k}.csv.gz"
        path.write_bytes(bad)
        with pytest.raises(WannError, match=r"csv\.gz: near row \d+: not a CSV file in UTF-8"):
            load(path)


# --------------------------------------------------------------------------------- headers, classes
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("said", ["sep={}", '"sep={}"', "SEP={}\r", "\ufeffsep={}"])
def test_a_first_row_that_says_the_separator(tmp_path, separator, said):
    plain = load(csv_file(tmp_path / "plain.csv", NAMED))
    lines = [said.format(separator), *(line.replace(",", separator) for line in NAMED)]
    assert load(csv_file(tmp_path / "own.csv", lines)).digest == plain.digest
    lines = [said.format(separator), *(line.replace(",", separator) for line in [*NAMED, "1,,yes"])]
    with pytest.raises(WannError, match="row 23 has '' for 'height'"):
        load(csv_file(tmp_path / "bad.csv", lines))


@pytest.mark.parametrize("text", sorted(MISSING))
def test_what_is_missing_is_no_class_and_no_number(tmp_path, text):
    for row, message in (
        (f'1,2,"{text}"', "row 22 has no class"),
        (f'1,"{text}",yes', "row 22 has .* for 'height'"),
    ):
        with pytest.raises(WannError, match=message):
            load(csv_file(tmp_path / "own.csv", [*NAMED, *[row] * 5]))


@pytest.mark.parametrize(
    ("first", "classes"),
    [("0,1,2", "ab"), ("0,1,target", "ab"), ("0,1,target", "01"), ("0,1,2", "01")],
    ids=["as numbers", "a named class", "a named class of numbers", "a class that is no other's"],
)
def test_names_that_are_numbers_as_pandas_writes_them(tmp_path, first, classes):
    task = load(csv_file(tmp_path / "own.csv", [first, *rows(classes=classes)]))
    assert (task.inputs, task.outputs) == (("0", "1"), tuple(sorted(classes))) and len(
        everything(task)
    ) == 20
    assert task.target == ("target" if "target" in first else "3")


def test_names_that_are_numbers_where_a_column_has_decimal_points(tmp_path):
    pointed = load(csv_file(tmp_path / "a.csv", ["0,1,2", *rows(classes="12")]))
    assert (
        pointed.inputs == ("0", "1")
        and len(everything(pointed)) == 20
        and pointed.outputs == ("1", "2")
    )


@pytest.mark.parametrize("first", ["1,2,3", "0,2,1", "2,1,3", "7,8,9", "2,3,1", "2019,2021,2020"])
def test_names_that_are_numbers_in_any_order_and_from_any_on(tmp_path, first):
    a, b, c = first.split(",")
    for classes, target in ((c + "45", None), ("ab", "-1"), ("45", "3")):
        classes = [c, "4", "6"] if target is None else classes
        task = load(
            csv_file(tmp_path / f"{classes[0]}.csv", [first, *rows(30, classes=classes)]), target
        )
        assert task.inputs == (a, b) and len(everything(task)) == 30 and task.target == "3"
        assert task.outputs == tuple(
            sorted(classes, key=lambda name: int(name) if name.isdigit() else name)
        )
    turned = [f"{line.split(',')[2]},{line.split(',')[0]},7.5" for line in rows(classes=(a, "4"))]
    task = load(csv_file(tmp_path / "turned.csv", [first, *turned]), "1")
    assert task.inputs == (b, c) and set(task.outputs) == {a, "4"} and len(everything(task)) == 20


def test_names_that_are_numbers_with_a_point_or_a_year(tmp_path):
    task = load(csv_file(tmp_path / "a.csv", ["0.0,1.0,2.0", *rows(classes="01")]))
    assert (task.inputs, task.target) == (("0.0", "1.0"), "2.0") and len(everything(task)) == 20
    task = load(csv_file(tmp_path / "b.csv", ["2019,2020,class", *rows(classes="01")]))
    assert (task.inputs, task.target) == (("2019", "2020"), "class") and len(everything(task)) == 20


def test_a_first_sample_of_four_whole_numbers_is_a_sample(tmp_path):
    whole = [f"{i % 5},{i % 7},{i % 3},{i % 2}" for i in range(60)]
    for first in ("0,1,2,0", "0,1,2,1", "2,1,0,1", "1,1,0,0", "0,1,3,1", "9,8,6,1", "-1,0,2,1"):
        task = load(csv_file(tmp_path / f"{first}.csv", [first, *whole]))
        assert task.inputs == ("input 1", "input 2", "input 3")
        assert sum(len(part.labels) for part in (task.train, task.validation, task.test)) == 61


def test_a_first_sample_that_may_be_names_is_one_elsewhere(tmp_path):
    lines = ["1,2,0", *(f"{i},{i % 3},{i % 2}" for i in range(20))]
    for k, ways_out in enumerate((lines[1:] + lines[:1], ["a,b,class", *lines])):
        assert len(everything(load(csv_file(tmp_path / f"{k}.csv", ways_out)))) == 21


def test_a_first_sample_of_whole_numbers_is_a_sample(tmp_path):
    for first in ("0,1,no", "4,5,no", "0,1,5", "1,2,5", "0,2,5", "7,8,8", "7,8,10"):
        classes = ("yes", "no") if "no" in first else ("1", first.split(",")[-1])
        task = load(csv_file(tmp_path / f"{first}.csv", [first, *rows(classes=classes)]))
        assert task.inputs == ("input 1", "input 2") and len(everything(task)) == 21, first


def test_classes_that_are_the_same_number_are_one(tmp_path):
    spellings = ["1", "1.0", "1e0", "+1", "2", "2.0", "20e-1", "0", "0.0", "-0", "10"]
    task = load(csv_file(tmp_path / "a.csv", rows(110, classes=spellings)))
    assert task.outputs == ("0", "1", "2", "10")
    counts = np.bincount(
        np.concatenate([task.train.labels, task.validation.labels, task.test.labels])
    )
    assert counts.tolist() == [30, 40, 30, 10]
    # one spelling stays as it is, and so do codes and what is no number
    for classes in (
        ("0.0", "1.0"),
        ("01234", "12345"),
        ("1.0", "b"),
        ("1e3", "1_000"),
        ("Na", "nano"),
    ):
        assert load(csv_file(tmp_path / f"{classes}.csv", rows(classes=classes))).outputs == tuple(
            sorted(classes)
        )


def test_the_class_in_another_column(tmp_path):
    plain = load(csv_file(tmp_path / "plain.csv", NAMED))
    for k in (0, 1):
        lines = [
            ",".join([*cells[:k], cells[2], *cells[k:2]])
            for cells in (line.split(",") for line in NAMED)
        ]
        named = csv_file(tmp_path / f"{k}.csv", lines)
        bare = csv_file(tmp_path / f"bare{k}.csv", lines[1:])
        for target in ("class", str(k + 1), str(k - 3)):
            assert (
                load(named, target).digest == plain.digest and load(named, target).target == "class"
            )
        assert load(bare, str(k + 1)).target == str(k + 1)
        assert everything(load(bare, str(k + 1))) == everything(plain)
        for target in ("Class", "0", "4", "-4", "yes"):
            with pytest.raises(
                WannError,
                match=f"has no column '{target}' that could be the class: .*width.*1 to 3",
            ):
                load(named, target)
        with pytest.raises(
            WannError, match="--target yes: its columns have no names: give the number of one"
        ):
            load(bare, "yes")


def test_what_was_taken_for_what_is_told(tmp_path):
    task = load(
        csv_file(
            tmp_path / "a.csv",
            [f"a,b,c,d,e,f,{NAMED[0]}", *(f"0,0,0,0,0,0,{row}" for row in rows())],
        )
    )
    assert (
        task.summary
        == "samples: class: class (2: no, yes); inputs: (8: a, b, c, d, e, …); 14 + 2 + 4 samples"
        " to train on, to validate and to test"
    )
    assert "class: column 3 (2: no, yes)" in load(csv_file(tmp_path / "b.csv", rows())).summary


def test_a_column_that_counts_the_rows_is_named(tmp_path):
    for first in (0, 1):
        lines = [
            "id,width,height,class",
            *(f"{i},{line}" for i, line in enumerate(rows(15), first)),
        ]
        with pytest.warns(
            UserWarning, match="'id' counts the rows, and is taken as an input: remove it"
        ):
            load(csv_file(tmp_path / f"{first}.csv", lines))

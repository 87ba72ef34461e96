"""Nothing grows past what a reader can hold in mind."""

from statistics import median

from the_source import Function, sources

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
FUNCTION_LINES_MEDIAN = 15


def test_no_module_is_longer_than_400_lines() -> None:
    long = {each.place: lines for each in sources() if (lines := each.text.count("\n")) > MODULE_LINES_MAX}

    assert long == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = {
        f"{each.place}:{function.lineno} {function.name}": lines_of(function)
        for each in sources()
        for function in each.functions()
        if lines_of(function) > FUNCTION_LINES_MAX
    }

    assert long == {}


def test_functions_are_short_as_a_rule() -> None:
    assert (
        median(lines_of(each) for source in sources() for each in source.functions()) <= FUNCTION_LINES_MEDIAN
    )


def lines_of(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1

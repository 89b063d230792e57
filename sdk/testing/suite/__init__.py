"""Hold a connector to what every connector promises, without a test written by its author.

One theme, one module: what is declared (`declaring`), what is published (`publishing`), whether reading works at all
(`answering`), what of a page arrives (`receiving`), keys (`identifying`), columns (`fitting`), where lists end
(`ending`) and how they are counted (`counting`), second runs (`continuing`), what is no fault (`tolerating`), children
(`belonging`), secrets (`concealing`), the simulator (`simulating`) and answers that went wrong (`mutating`).
A check is a function of a `Subject` that yields a `Finding` for each thing that is not as it should be; it says where,
what was found and what would do, in one line.

`conformance` makes pytest tests of them, `checking` runs them without pytest.
"""

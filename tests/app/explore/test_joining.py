"""The explorer of a studio works on the studio's own parts."""


def test_the_explorer_shares_the_studios_parts(tiny_studio):
    explore = tiny_studio.explore
    assert explore._works.library is explore._library
    assert explore._works.recipes.library is explore._library
    assert explore._corrector.corrector is tiny_studio._corrector
    assert explore._finder.engines is explore._works.recipes.reader.engines

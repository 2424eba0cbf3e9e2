"""layering.py finds each kind of mistake: a tree with just that one makes just that rule speak."""

import pathlib
import tempfile

from layering import Checker

HEAD = "#pragma once\n"
CLEAN = {
    "config.hpp": HEAD,
    "cortexpr.hpp": HEAD + "#include <cortexpr/data/idx.hpp>\n#include <cortexpr/nn/layers/dense.hpp>\n",
    "embedded.hpp": HEAD + "#include <cortexpr/nn/layers/dense.hpp>\n",
    "core/shape.hpp": HEAD + '#include <cstddef>\nstatic_assert(f<1, 2>(3), "Shape: must have, always, a size");\n',
    "core/type_list.hpp": HEAD + "#include <boost/hana/at.hpp>\n",
    "data/idx.hpp": HEAD + "#include <string>\n#include <cortexpr/core/shape.hpp>\n",
    "kernels/order/tile.hpp": HEAD,
    "kernels/product/gemm.hpp": HEAD + "#include <cortexpr/kernels/order/tile.hpp>\n",
    "nn/layers/dense.hpp": HEAD + "#include <cortexpr/core/shape.hpp>\n",
    "nn/layers/shape/flatten.hpp": HEAD + "static_assert(Layer<Flatten::Bound<float, Shape<2>>>);\n",
    "nn/layers/shape/permute.hpp": HEAD,
    "nn/topology/chain.hpp": HEAD,
    "nn/memory/plans.hpp": HEAD + "#include <cortexpr/nn/topology/chain.hpp>\n",
    "train/loss.hpp": HEAD + "#if CORTEXPR_HOSTED\n#include <string>\n#endif\n",
    "train/trainer.hpp": HEAD + "#include <cortexpr/train/loss.hpp>\n",
    "quantize/int8/int8_layer.hpp": HEAD,
    "quantize/int8/layers/dense.hpp": HEAD + "#include <cortexpr/quantize/int8/int8_layer.hpp>\n",
}
# What is added to which file, and the rule that must notice; a rule may have several mistakes.
MISTAKES = {
    "no_header_includes_upwards": ("core/shape.hpp", "#include <cortexpr/nn/layers/dense.hpp>\n"),
    "sub_folders_keep_their_order": ("kernels/order/tile.hpp", "#include <cortexpr/kernels/product/gemm.hpp>\n"),
    "folders_keep_their_order": [
        ("nn/topology/chain.hpp", "#include <cortexpr/nn/memory/plans.hpp>\n"),
        ("train/loss.hpp", "#include <cortexpr/train/trainer.hpp>\n"),
        ("quantize/int8/int8_layer.hpp", "#include <cortexpr/quantize/qat/fake.hpp>\n", "quantize/qat/fake.hpp", HEAD),
        ("train/new.hpp", HEAD),
    ],
    "every_include_names_a_header_that_exists": ("core/shape.hpp", "#include <cortexpr/core/shap.hpp>\n"),
    "layers_do_not_include_layers": [
        ("nn/layers/shape/permute.hpp", "#include <cortexpr/nn/layers/shape/flatten.hpp>\n"),  # a layer
        ("nn/layers/dense.hpp", "#include <cortexpr/nn/layers/shape/permute.hpp>\n"),  # of another family
    ],
    "each_library_has_one_home": ("core/shape.hpp", "#include <boost/hana/map.hpp>\n"),
    "freestanding_headers_reach_nothing_hosted": [
        ("embedded.hpp", "#include <cortexpr/data/idx.hpp>\n"),
        ("train/loss.hpp", "#include <string>\n"),  # behind the #endif
    ],
    "only_config_asks_for_the_compiler": ("core/shape.hpp", "#if defined(__AVX2__)\n#endif\n"),
    "every_header_starts_with_pragma_once": ("core/new.hpp", "// text\n"),
    "no_header_is_longer_than_one_sitting": ("core/shape.hpp", "\n" * 250),
    "every_static_assert_says_a_sentence": ("core/shape.hpp", "static_assert(sizeof(int) == 4);\n"),
    "files_are_snake_case": ("core/Shape.hpp", HEAD),
    "every_test_is_in_the_list": ("../../tests/core/new_test.cpp", "\n"),
    "tests_lie_as_their_headers": (
        "../../tests/core/new/new_test.cpp", "\n", "../../tests/meson.build", "'core/new/new_test.cpp'\n"),
    "nothing_names_this_machine": ("core/shape.hpp", "// see /ho" + "me/someone/notes\n"),
}


def speaking_rules(files):
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root, "include", "cortexpr", name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        checker = Checker(root)
        rules = [r for r in dir(Checker) if r.startswith("rule_")]
        assert {r.removeprefix("rule_") for r in rules} == MISTAKES.keys(), "every rule needs its mistake in this file"
        return [r.removeprefix("rule_") for r in rules if list(getattr(checker, r)())]


def mistakes():
    """Yields (rule, files) for a clean tree and for each mistake."""
    yield "nothing", CLEAN
    for rule, cases in MISTAKES.items():
        for case in cases if isinstance(cases, list) else [cases]:
            added = dict(zip(case[::2], case[1::2]))
            yield rule, CLEAN | {name: CLEAN.get(name, "") + text for name, text in added.items()}


failed = passed = 0
for rule, files in mistakes():
    found = speaking_rules(files)
    wrong = found != ([] if rule == "nothing" else [rule])
    failed, passed = failed + wrong, passed + (not wrong)
    print(f"FAILED  {rule}: what spoke was {found}" if wrong else f"ok      {rule}")
print(f"{passed} passed, {failed} failed")
raise SystemExit(failed > 0)

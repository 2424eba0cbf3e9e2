"""root_namespace.py finds the names that a header declares in namespace cortexpr, and no others."""

from root_namespace import declared_in_root

CASES = {
    "namespace cortexpr { struct A {}; class B; enum class C { x }; }": ["A", "B", "C"],
    "namespace cortexpr { template <class T> concept D = requires { T::x; }; }": ["D"],
    "namespace cortexpr { template <class T, std::size_t N> struct E { int x; void f() {} }; }": ["E"],
    "namespace cortexpr { template <class... T> using F = detail::G<T...>; using H = int; }": ["F", "H"],
    "namespace cortexpr { template <class T> struct I; template <> struct I<int> { struct J {}; }; }": ["I", "I"],
    "namespace cortexpr { inline constexpr int k = 1; template <class T> inline constexpr bool l<T*> = true; }": ["k", "l"],
    "namespace cortexpr { [[nodiscard]] constexpr int m(int x) { return x; } inline void n(); }": ["m", "n"],
    "namespace cortexpr { template <class T> requires(sizeof(T) > 1) constexpr auto o(T) -> int { return 1; } }": ["o"],
    "namespace cortexpr { template <double epsilon = 1e-5, Fan fan = Fan{1, 1}> struct P {}; }": ["P"],
    "namespace cortexpr { namespace detail { struct Q {}; } namespace mnist { void r(); } struct S; }": ["S"],
    "namespace cortexpr::detail { struct Q {}; }": [],
    "struct Outside {};": [],
    'namespace cortexpr { inline const char* t() { return "{ // no comment"; } struct U {}; }': ["t", "U"],
    "namespace cortexpr { /* struct Q {}; */ struct V { int x = 100'000; }; // struct Q {};\n struct W {}; }": ["V", "W"],
    "#define Q struct X {}; \\\n struct Y {};\nnamespace cortexpr { struct Z {}; }": ["Z"],
    "namespace cortexpr { struct A { void f(); }; inline void A::f() {} }": ["A"],
}

failed = 0
for text, expected in CASES.items():
    found = [name for name in declared_in_root(text) if name]
    failed += found != expected
    print(f"FAILED  {text}: found {found}" if found != expected else f"ok      {text}")
print(f"{len(CASES) - failed} passed, {failed} failed")
raise SystemExit(failed > 0)

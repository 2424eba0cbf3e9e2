#include <cortexpr/core/shape.hpp>

#include <cstdio>

static_assert(cortexpr::Shape<2, 3>::size == 6);

int main() {
    std::puts("an outside project uses the installed headers");
}

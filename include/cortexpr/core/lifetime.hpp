#pragma once

#include <span>
#include <type_traits>

namespace cortexpr::detail {

/// Whether what is passed to a forwarding reference of this type still exists after the call: it has a name, or is a view.
template <class Range>
inline constexpr bool outlives_the_call =
    std::is_lvalue_reference_v<Range> || std::ranges::enable_borrowed_range<std::remove_cvref_t<Range>>;

}  // namespace cortexpr::detail

#pragma once
#include <string_view>

namespace calluna::runtime::web {

/// Whether `text` is well-formed UTF-8.
bool is_utf8(std::string_view text) noexcept;

}  // namespace calluna::runtime::web

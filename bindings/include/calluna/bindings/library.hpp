#pragma once
#include <string_view>
#include <vector>

namespace calluna::bindings {

/// The source of each module of the built-in Lua library, for what reads Lua without running it.
std::vector<std::string_view> library_texts();

}  // namespace calluna::bindings

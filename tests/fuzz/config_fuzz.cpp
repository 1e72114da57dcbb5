#include <calluna/runtime/config.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Any bytes make a configuration or problems of one line each that name the file.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static constexpr std::size_t longest = 16 * 1024;
  if (size > longest) return 0;
  std::string_view const text{reinterpret_cast<char const*>(data), size};
  auto const parsed = calluna::runtime::parse_config(text, "/nowhere/calluna.toml");
  (void)calluna::runtime::control_socket_in(text, "/nowhere/calluna.toml");
  (void)calluna::runtime::state_folder_in(text, "/nowhere/calluna.toml");
  if (parsed) return 0;
  if (parsed.error().empty()) std::abort();
  for (auto const& line : parsed.error())
    if (!line.starts_with("/nowhere/calluna.toml") || line.find('\n') != line.npos) std::abort();
  return 0;
}

#include <calluna/runtime/config.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>
#include <unistd.h>

namespace calluna::runtime {
namespace {
namespace fs = std::filesystem;

constexpr std::size_t largest_file = std::size_t{1} << 20;

tl::expected<std::string, config_problems> contents_of(fs::path const& file) {
  auto const problem = [&](std::string_view what) {
    return tl::unexpected(config_problems{fmt::format("{}: {}", file.string(), what)});
  };
  std::error_code code;
  auto const status = fs::status(file, code);
  if (!fs::exists(status)) return problem("there is no such file");
  if (!fs::is_regular_file(status)) return problem("is not a regular file");
  std::ifstream in{file, std::ios::binary};
  if (!in) return problem("cannot be read: " + std::generic_category().message(errno));
  std::string text(largest_file + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > largest_file) return problem("is larger than 1 MiB");
  return text;
}

}  // namespace

tl::expected<config, config_problems> load_config(fs::path const& file,
                                                  std::optional<fs::path> const& only_app) {
  auto const text = contents_of(file);
  if (!text) return tl::unexpected(text.error());
  return parse_config(*text, file, only_app);
}

std::optional<fs::path> control_socket_of(fs::path const& file) {
  auto const text = contents_of(file);
  if (!text) return {};
  return control_socket_in(*text, file);
}

std::optional<fs::path> state_folder_of(fs::path const& file) {
  auto const text = contents_of(file);
  if (!text) return {};
  return state_folder_in(*text, file);
}

std::vector<fs::path> default_control_sockets() {
  std::vector<fs::path> all;
  if (char const* folder = std::getenv("XDG_RUNTIME_DIR"); folder != nullptr && *folder == '/')
    all.push_back(fs::path{folder} / "calluna.sock");
  std::error_code code;
  if (fs::is_directory("/run/calluna", code)) all.emplace_back("/run/calluna/calluna.sock");
  auto temporary = fs::temp_directory_path(code);
  if (code) temporary = "/tmp";
  all.push_back(temporary / fmt::format("calluna-{}", ::getuid()) / "calluna.sock");
  return all;
}

}  // namespace calluna::runtime

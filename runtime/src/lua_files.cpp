#include "lua_files.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace calluna::runtime {

namespace fs = std::filesystem;

constexpr int deepest_folder = 4;

std::string text_of(fs::path const& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::vector<fs::path> lua_files(fs::path const& app) {
  std::error_code code;
  if (fs::is_regular_file(app, code)) return {app};
  std::vector<fs::path> found;
  for (fs::recursive_directory_iterator at(app, code), end; !code && at != end;
       at.increment(code)) {
    if (at.depth() >= deepest_folder || at->path().filename().string()[0] == '.')
      at.disable_recursion_pending();
    else if (at->path().extension() == ".lua" && at->is_regular_file(code))
      found.push_back(at->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace calluna::runtime

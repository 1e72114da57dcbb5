#include "log_file.hpp"

#include "eventually.hpp"

#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

namespace calluna::integration {
namespace {

template <class Visit>
void for_each_match(std::string const& text, std::string const& pattern, std::size_t from,
                    Visit visit) {
  std::regex const wanted{pattern};
  std::smatch match;
  for (auto at = from; at < text.size();) {
    auto const end = text.find('\n', at);
    if (end == std::string::npos) return;
    std::string const line = text.substr(at, end - at);
    at = end + 1;
    if (std::regex_search(line, match, wanted)) visit(line, match);
  }
}

}  // namespace

std::string log_file::text() const {
  std::ifstream in{path_, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::size_t log_file::size() const {
  std::error_code none_yet;
  auto const bytes = std::filesystem::file_size(path_, none_yet);
  return none_yet ? 0 : static_cast<std::size_t>(bytes);
}

std::vector<std::string> log_file::lines(std::string const& pattern, std::size_t from) const {
  std::vector<std::string> found;
  for_each_match(text(), pattern, from,
                 [&](std::string const& line, std::smatch const&) { found.push_back(line); });
  return found;
}

std::size_t log_file::count(std::string const& pattern, std::size_t from) const {
  return lines(pattern, from).size();
}

bool log_file::wait_for(std::string const& pattern, std::chrono::milliseconds bound,
                        std::size_t times, std::size_t from) const {
  return eventually([&] { return count(pattern, from) >= times; }, bound);
}

std::string log_file::last(std::string const& pattern, std::size_t from) const {
  std::string found;
  for_each_match(text(), pattern, from, [&](std::string const&, std::smatch const& match) {
    found = match.size() > 1 ? match[1].str() : match[0].str();
  });
  return found;
}

}  // namespace calluna::integration

#pragma once
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace calluna::integration {

/// A text file that another process writes, read by lines. Patterns are ECMAScript and are searched
/// in each line.
class log_file {
 public:
  explicit log_file(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path const& path() const noexcept { return path_; }
  /// All of it; "" if it is not there yet.
  std::string text() const;
  std::size_t size() const;
  /// The lines from byte `from` on that match; an unfinished last line does not count.
  std::vector<std::string> lines(std::string const& pattern, std::size_t from = 0) const;
  std::size_t count(std::string const& pattern, std::size_t from = 0) const;
  /// Waits until `times` lines match.
  bool wait_for(std::string const& pattern, std::chrono::milliseconds bound, std::size_t times = 1,
                std::size_t from = 0) const;
  /// The first group of the last line that matches; "" if none does.
  std::string last(std::string const& pattern, std::size_t from = 0) const;

 private:
  std::filesystem::path path_;
};

}  // namespace calluna::integration

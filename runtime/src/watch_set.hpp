#pragma once
#include <calluna/log.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace calluna::runtime {

/// Which directories must be watched for which paths, kept in step with an inotify instance.
class watch_set {
 public:
  using path = std::filesystem::path;

  watch_set(int inotify, logger log) : inotify_(inotify), log_(std::move(log)) {}

  /// Looks again at what leads to `root` and lies below it; new directories are watched before they
  /// are read, so that what changes meanwhile makes an event.
  void scan(path const& root);
  void forget(path const& root);
  /// The kernel ended this watch (IN_IGNORED).
  void ended(int watch) { directories_.erase(watch); }
  /// The roots which an event about `name` in the directory `watch` concerns.
  std::set<path> concerned(int watch, std::string_view name, std::uint32_t mask) const;

 private:
  /// A root and the only name of interest to it; all names if that is empty.
  using interest = std::pair<path, std::string>;
  struct directory {
    path where;
    std::set<interest> interests;
  };
  /// One walk from a root.
  struct walk {
    path const& root;
    std::map<int, std::set<std::string>> wanted = {};
    std::set<path> seen = {};
  };

  bool add(path const& where, std::string const& name, walk& w);
  path follow(path const& from, path const& to, walk& w);
  void add_tree(path const& where, walk& w);
  void drop(path const& root);
  void end_unused();

  int inotify_;
  logger log_;
  bool told_limit_ = false;
  std::map<int, directory> directories_;
};

}  // namespace calluna::runtime

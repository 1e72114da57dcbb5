#pragma once
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>

namespace calluna::runtime {

/// Tells when files change (inotify). Watched are files, and directories with everything below
/// them. Not inodes are followed but names: each directory on the way to a path, and to what
/// symbolic links in it point at, is watched too, so that a save by rename, a switched link
/// (`ln -sfn`, a mounted ConfigMap), a delete and a later return are all seen. What editors leave
/// behind (`is_editor_dropping`) and version control folders are not looked at.
///
/// Lives on its executor. Destroying it ends the reports.
class watcher {
 public:
  /// The watched paths, as they were given, under which something changed since the last report.
  using report = unique_function<void(std::set<std::filesystem::path> const& changed)>;

  /// A path is reported when it was quiet for `debounce`, and at the latest after ten times that.
  /// Errors: `rejected` if the system has no inotify instance left.
  static result<std::unique_ptr<watcher>> create(io::executor on,
                                                 std::chrono::milliseconds debounce, logger log,
                                                 report changed);
  ~watcher();
  watcher(watcher const&) = delete;
  watcher& operator=(watcher const&) = delete;

  /// Begins to watch `path` (absolute), which need not exist yet. Once it has returned no change
  /// is missed.
  void watch(std::filesystem::path const& path);
  void forget(std::filesystem::path const& path);

 private:
  class impl;
  explicit watcher(std::shared_ptr<impl> made);
  std::shared_ptr<impl> impl_;
};

/// Whether `name` is one that editors use for swap, backup, lock and temporary files.
bool is_editor_dropping(std::string_view name) noexcept;

}  // namespace calluna::runtime

#pragma once
#include <calluna/calls/call_file.hpp>
#include <calluna/calls/call_news.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/runtime/threads.hpp>
#include <calluna/unique_function.hpp>

#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace calluna::runtime {

/// Keeps live calls in the state folder: what changed, once a second at most, on a thread of its
/// own. A crash loses the last second, which reading back makes good. On the IO thread.
class call_keeper {
 public:
  call_keeper(io::executor io, std::filesystem::path file, logger log);
  ~call_keeper();

  /// What an earlier run has left; `done` later, empty if it cannot be read (the log says why; then
  /// nothing is kept).
  void load(unique_function<void(calls::call_file::content)> done);
  /// `pbx`: the name.
  void note(calls::call_news const& news, std::string const& pbx);
  /// Writes what is left, and returns when that is on disk. The last thing it does.
  void finish();

 private:
  void write_later();
  void write();
  std::vector<calls::call_file::change> take_changes();

  io::executor io_;
  std::filesystem::path path_;
  logger log_;
  std::unique_ptr<worker_pool> thread_;
  /// Used on the thread; null: nothing is kept.
  std::shared_ptr<std::optional<calls::call_file>> file_;
  std::map<std::string, calls::call_file::change> changes_;
  /// What is being written, or waits for the thread.
  std::shared_ptr<std::vector<calls::call_file::change> const> batch_;
  boost::asio::steady_timer timer_;
  bool waiting_ = false, finished_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace calluna::runtime

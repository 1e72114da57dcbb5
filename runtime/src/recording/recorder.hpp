#pragma once
#include <calluna/ami/client.hpp>
#include <calluna/ari/client.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::runtime::recording {

/// Writes down what PBXs say and are asked, as lines of a recording (see recording.hpp), without
/// secrets. One recording at a time; while there is none it costs a branch. Any thread.
class recorder : public std::enable_shared_from_this<recorder> {
 public:
  /// What may wait to be fetched. Beyond, the recording ends: one with holes would mislead.
  static constexpr std::size_t most_waiting = std::size_t{64} << 20;  // bytes

  bool on() const noexcept { return on_.load(std::memory_order_relaxed); }

  /// Begins; `header` becomes the first line, with the time and the format added. Another recording
  /// that goes on: `rejected`.
  result<void> begin(nlohmann::json header);
  /// Ends it, with a last line that says so.
  void end();
  /// The next lines, about `bytes` of them. `overrun`: it has ended by itself, see `most_waiting`.
  struct fetched {
    std::vector<std::string> lines;
    bool more = false;
    bool overrun = false;
  };
  fetched take(std::size_t bytes);
  /// Called, where lines come from, when the first of those to be fetched is there. Null: nobody.
  void when_some(unique_function<void()> call);

  // -- what happens
  void events(std::string_view pbx, ami::event_batch const& batch);
  void events(std::string_view pbx, ari::event_batch const& batch);
  /// `application`: empty for AMI.
  void link(std::string_view pbx, std::string_view application, bool up);

  /// `done`, which also writes the request and its answer down when that is there.
  unique_function<void(result<ami::response>)> answered(
      std::string const& pbx, std::string_view action,
      unique_function<void(result<ami::response>)> done);
  unique_function<void(result<ari::response>)> answered(
      std::string const& pbx, ari::request const& asked,
      unique_function<void(result<ari::response>)> done);

 private:
  template <class Answer>
  unique_function<void(result<Answer>)> write_answer(nlohmann::json line,
                                                     unique_function<void(result<Answer>)> done);
  static nlohmann::json begin_line(std::string_view pbx);
  double now() const;
  void add(nlohmann::json line);

  std::atomic<bool> on_ = false;
  mutable std::mutex mutex_;
  std::chrono::steady_clock::time_point began_;
  std::deque<std::string> lines_;
  std::size_t bytes_ = 0;
  bool overrun_ = false;
  unique_function<void()> when_some_;
};

}  // namespace calluna::runtime::recording

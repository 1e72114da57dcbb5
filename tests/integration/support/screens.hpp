#pragma once
#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace calluna::integration {

/// Many browsers without a browser: each has a stream of events open and reads it, on one thread.
/// One more has asked for the same stream and never reads.
class screens {
 public:
  /// Of the server at `url` ("http://127.0.0.1:40001"). Throws if a connection is refused.
  screens(std::string const& url, std::string const& path, std::string const& token,
          std::size_t readers);
  ~screens();
  screens(screens const&) = delete;
  screens& operator=(screens const&) = delete;

  /// Of all readers together: how often `event: <kind>` came.
  std::size_t heard_set() const { return sets_; }
  std::size_t heard_clear() const { return clears_; }
  /// How many readers have had their first event, `reset`; how many were closed by the server.
  std::size_t begun() const { return begun_; }
  std::size_t lost() const { return lost_; }

 private:
  struct screen;
  void read(std::shared_ptr<screen> const& one);

  boost::asio::io_context loop_;
  std::vector<std::shared_ptr<screen>> all_;
  std::atomic<std::size_t> sets_{0}, clears_{0}, begun_{0}, lost_{0};
  std::thread thread_;
};

}  // namespace calluna::integration

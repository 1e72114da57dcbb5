#pragma once
#include <calluna/ami/client.hpp>
#include <calluna/ami/session.hpp>
#include <calluna/io/direct_line.hpp>
#include <calluna/io/receive_buffer.hpp>

#include <boost/asio/steady_timer.hpp>

#include <random>

namespace calluna::ami {

/// What `event_batch::owner` holds: the views and the bytes they look at.
struct batch_storage {
  std::vector<message_view> events;
  std::shared_ptr<void const> bytes;
};

/// One socket and its talk. Handlers under way keep it alive (and with it the room they read into),
/// even when the client has gone on to the next one.
struct connection {
  connection(std::unique_ptr<io::stream> s, session t) : stream(std::move(s)), talk(std::move(t)) {}

  std::unique_ptr<io::stream> stream;
  session talk;
  io::receive_buffer buffer{64 * 1024};
  std::shared_ptr<batch_storage> batch = std::make_shared<batch_storage>();
  bool writing = false;
  /// Call-backs are running: what they submit goes out together afterwards.
  bool corked = false;
};

/// An action that went past the executor, until the session hears of it.
struct sent_action {
  encoded_action what;
  std::chrono::milliseconds timeout;
  unique_function<void(result<response>)> done;
  std::chrono::steady_clock::time_point at;
};

/// The client on its executor: connecting and reading are in client.cpp, writing and the end in
/// client_writing.cpp.
class client::impl : public std::enable_shared_from_this<impl> {
 public:
  using milliseconds = std::chrono::milliseconds;

  impl(io::executor on, client_options options, logger log, client_listener& listener);

  void start();
  void stop();
  void submit(encoded_action a, milliseconds timeout, unique_function<void(result<response>)> done);

  bool submit_at_once(encoded_action& a, milliseconds timeout,
                      unique_function<void(result<response>)>& done);

  void pause(milliseconds span) noexcept { pause_ = span; }

  client_state state() const noexcept { return state_; }
  std::string const& version() const noexcept { return version_; }
  std::string const& prefix() const noexcept { return prefix_; }
  counters const& count() const noexcept { return count_; }

 private:
  using connection_ptr = std::shared_ptr<connection>;
  using clock = std::chrono::steady_clock;

  bool stopped() const noexcept { return state_ == client_state::stopped; }
  void connect();
  void connected(std::unique_ptr<io::stream> stream);
  void read(connection_ptr c);
  void on_read(connection_ptr const& c, std::size_t count);
  void flush(connection_ptr const& c);
  void write(connection_ptr const& c);
  void see_sent(connection& c);
  std::size_t credit(connection const& c) const noexcept;
  void arm_tick(connection_ptr c);
  void hand_out(connection_ptr const& c);
  void hand_out_events(connection_ptr const& c, std::size_t from, std::size_t to);
  void went_up();
  void recycle_batch(connection& c);
  void lose(connection_ptr const& c, error why);
  void went_down(error why);
  void tell_once(error const& why);
  void say_logoff(connection_ptr c, std::string const& before = {});
  void close_after_logoff(connection_ptr const& c);
  void fail_later(unique_function<void(result<response>)> done, error why);

  io::executor on_;
  client_options const options_;
  logger log_;
  client_listener* listener_;
  std::random_device chance_;
  std::string const prefix_;
  io::backoff backoff_;
  boost::asio::steady_timer retry_;
  boost::asio::steady_timer tick_;
  boost::asio::steady_timer hold_;
  milliseconds pause_{0};
  std::shared_ptr<void> attempt_;
  connection_ptr connection_;
  io::direct_line<sent_action> line_;
  std::vector<sent_action> seen_;
  bool started_ = false;
  client_state state_ = client_state::down;
  std::string version_;
  std::string down_because_ = "not started";
  std::string told_;
  counters count_;
};

}  // namespace calluna::ami

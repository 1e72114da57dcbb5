#pragma once
#include "exchange.hpp"
#include "gate.hpp"
#include "response.hpp"
#include "server_core.hpp"
#include "transport.hpp"

#include <calluna/runtime/web/request_reader.hpp>

#include <boost/asio/steady_timer.hpp>

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace calluna::runtime::web {

/// What a connection becomes when it stops speaking HTTP: a stream of events, a WebSocket. It is
/// called by the connection, which it reaches as long as it is not `ended`.
class takeover {
 public:
  virtual ~takeover() = default;
  /// Bytes came; takes what it can off the front.
  virtual void received(std::string& in) = 0;
  /// Every `heartbeat`.
  virtual void beat() = 0;
  /// So many bytes have been written.
  virtual void written(std::size_t bytes) = 0;
  /// The server goes: closes as is fit.
  virtual void going_away() = 0;
  virtual void ended() = 0;
};

/// A client: reads a request, has it answered, reads the next. It stays as long as the server's
/// table has it or something is under way.
class connection : public std::enable_shared_from_this<connection>, private exchange_owner {
 public:
  using shared_text = std::shared_ptr<std::string const>;

  connection(std::shared_ptr<server_core> core, std::shared_ptr<transport> socket, address peer);
  ~connection() override;

  void start();
  /// At once, whatever is under way.
  void close();

  /// The request at hand is the last one.
  void drain();
  /// Closes what has been taken over with a token that is no longer good.
  void recheck_token();

  // For what has taken it over:
  /// Sends. False: more than `max_output` waits, the client was closed for it. What is not
  /// `counted` is sent in any case.
  bool push(shared_text text, bool counted = true);
  /// Closes when all is sent.
  void finish();
  std::string const& remote() const noexcept { return remote_; }
  std::shared_ptr<server_core> const& core() const noexcept { return core_; }
  /// Bytes that wait to be sent.
  std::size_t waiting() const noexcept { return out_bytes_; }
  /// Who and what, for a log line.
  std::string about() const;

 private:
  enum class state { handshake, head, body, asked, writing, taken, lingering, closed };

  // Reading.
  void read();
  void on_read(boost::system::error_code const& code, std::size_t n);
  void process();
  void process_request();
  void on_end_of_input();

  // What to do with a request; connection_request.cpp.
  void on_head();
  void on_body();
  bool answer_own(target_parts const& target, client const& who);
  void answer_session(client const& who);
  void answer_asterisk();
  void admit(target_parts const& target, client const& who);
  void admit_body(std::size_t most, unique_function<void()> then);
  void dispatch();
  void serve_file(route_match const& match);
  bool is_websocket_request() const;

  // exchange_owner
  void on_response(exchange_state const& of, bindings::http_response response) override;
  void on_stream(exchange_state const& of, std::vector<std::string> topics) override;
  void on_accept(exchange_state const& of, std::shared_ptr<websocket_link> link) override;
  void on_unanswered(exchange_state const& of) override;
  bool is_asked(exchange_state const& of) const;
  void refuse_answer(std::string_view why);

  // Answering.
  void respond(int status, bindings::http_headers headers, shared_text body);
  void deny(denial const& why);
  void refuse(int status, refusal why, std::string_view text, bindings::http_headers headers = {});
  void take_over(response_head const& head, std::shared_ptr<takeover> by);
  /// Appends to what `write` sends, which makes one packet of a head and a short body.
  void keep_for_writing(shared_text text, bool counted);
  void write();
  void on_written(boost::system::error_code const& code, std::size_t n);
  void on_drained();
  void next_request();
  void linger();

  // Time.
  void expect(std::chrono::milliseconds within);
  void on_late();
  void count_address(bool coming);

  std::shared_ptr<server_core> core_;
  std::shared_ptr<transport> socket_;
  address peer_;
  std::string remote_;
  state state_ = state::handshake;

  std::array<char, 4096> room_;
  std::string in_;
  bool reading_ = false;
  bool input_ended_ = false;
  request_reader reader_;
  std::size_t body_seen_ = 0;
  std::size_t lingered_ = 0;

  // The request at hand; of what has been taken over, the one it began with.
  std::shared_ptr<exchange_state> pending_;
  std::shared_ptr<served_route const> route_;
  unique_function<void()> with_body_;
  std::shared_ptr<exchange_state> prepared_;
  clock::time_point began_{};
  bool keep_alive_ = true;
  bool head_begun_ = false;
  bool body_pending_ = false;

  std::deque<shared_text> out_;
  std::size_t out_offset_ = 0;  ///< of the first of them
  std::size_t out_bytes_ = 0;
  std::size_t uncounted_bytes_ = 0;
  bool writing_ = false;
  bool finishing_ = false;

  std::shared_ptr<takeover> taken_;
  boost::asio::steady_timer timer_;
  std::uint64_t timer_epoch_ = 0;
  boost::asio::steady_timer write_timer_;
};

/// Both in files of their own.
std::shared_ptr<takeover> make_event_stream(std::shared_ptr<connection> const& on,
                                            std::vector<std::string> topics);
std::shared_ptr<takeover> make_websocket_session(std::shared_ptr<connection> const& on,
                                                 std::shared_ptr<websocket_link> link);

}  // namespace calluna::runtime::web

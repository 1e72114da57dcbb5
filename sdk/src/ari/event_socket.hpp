#pragma once
#include "rest_line.hpp"

#include <calluna/io/receive_buffer.hpp>
#include <calluna/io/websocket_codec.hpp>

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <vector>

namespace calluna::ari {

/// One WebSocket of one Stasis application, from connecting until it is lost: gives its events, a
/// batch per read, and carries REST requests if the server answers them there.
///
/// Whether it does is asked once, by a request sent right after the upgrade. Nothing waits for the
/// answer: Asterisk 16 never gives one, and a slow server may give it late.
class event_socket : public std::enable_shared_from_this<event_socket> {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  class observer {
   public:
    virtual ~observer() = default;
    virtual void on_open() = 0;
    virtual void on_events(event_batch const& batch) = 0;
    virtual void on_replaced() = 0;
    virtual void on_answer(rest_call call, result<response> answer) = 0;
    /// The last thing told.
    virtual void on_closed(error const& why) = 0;
    /// Keeps the observer and the context alive while a handler runs.
    virtual std::shared_ptr<void> hold() = 0;
  };

  event_socket(client_context& context, rest_line& line, observer& tell, std::string application,
               bool everything);

  void open();
  bool carries_rest() const noexcept { return open_ && carries_rest_ && !closing_; }
  /// Sends it. False if it cannot travel here (not UTF-8, too big for Asterisk's 64 KB a frame):
  /// then `call` is untouched.
  bool submit(rest_call& call);
  std::size_t pending() const noexcept { return calls_.size(); }
  /// Ends what is due; the next deadline.
  time_point sweep(time_point now);

  /// Says good-bye: no more events; requests under way still get their answers; then `on_closed`,
  /// after a second at the latest.
  void close();
  /// Closes at once and tells nobody; gives back its calls.
  std::vector<rest_call> abandon();

 private:
  /// What may wait to be written; a server that reads so little is not asked more.
  static constexpr std::size_t max_unwritten = 8 * 1024 * 1024;

  void connected(result<std::unique_ptr<io::stream>> connected);
  void upgraded();
  void read();
  void read_now();
  void received();
  bool shake_hands(std::string_view& bytes);
  void take_messages(std::string_view& bytes);
  void take_text(io::websocket_message const& m);
  void take_control(io::websocket_message const& m);
  void flush_events();
  void deliver(std::shared_ptr<void const> owner, std::vector<event_view> events);
  void answered(std::string_view json);
  bool has_line() const noexcept { return line_.owner == this; }
  std::size_t credit() const noexcept;
  void claim_line();
  /// Returns the end of a frame that the socket has not taken whole.
  std::string give_line_up();
  void hold_line();
  /// Takes over the calls that were sent past the executor.
  void see_sent();
  void write_soon();
  void write();
  void arm(std::chrono::milliseconds wait);
  void timer_fired();
  void lost(error why);

  client_context& context_;
  rest_line& line_;
  observer* tell_;
  std::string application_;
  io::websocket_upgrade upgrade_;
  std::shared_ptr<void> connecting_;
  std::unique_ptr<io::stream> stream_;
  io::receive_buffer buffer_;
  io::websocket_decoder decoder_;
  io::websocket_encoder encoder_;
  std::vector<event_view> events_;  ///< of this read, not yet told
  std::string out_;                 ///< frames not yet handed to the stream
  std::string scratch_;
  bool writing_ = false;
  bool write_posted_ = false;
  bool holds_line_ = false;
  bool open_ = false;
  bool closing_ = false;
  bool carries_rest_ = false;

  /// Calls by id, ids dense and rising: the front has `first_id_`. A call without `done` has ended.
  std::deque<rest_call> calls_;
  std::vector<rest_call> seen_;
  std::uint64_t first_id_ = 1;
  std::uint64_t first_unsent_ = 1;

  boost::asio::steady_timer timer_;
  boost::asio::steady_timer hold_;
  time_point last_heard_;
  bool pinged_ = false;
};

}  // namespace calluna::ari

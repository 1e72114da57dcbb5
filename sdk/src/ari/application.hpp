#pragma once
#include "event_socket.hpp"

namespace calluna::ari {

/// A Stasis application that we serve: opens its WebSocket, and opens it again when it is lost.
class application final : public event_socket::observer,
                          public std::enable_shared_from_this<application> {
 public:
  class host {
   public:
    virtual ~host() = default;
    /// Null once nothing may be told any more.
    virtual client_listener* listener() = 0;
    virtual void on_answer(rest_call call, result<response> answer) = 0;
    /// It is closed and not wanted any more.
    virtual void on_ended(application& a) = 0;
    virtual std::shared_ptr<void> hold() = 0;
  };

  application(client_context& context, rest_line& line, host& owner, std::string name,
              bool everything);

  std::string const& name() const noexcept { return name_; }
  /// Opens it unless it is open; also after it was replaced.
  void want();
  /// Closes it; `on_ended` follows.
  void end();
  /// Closes it at once and tells nobody.
  std::vector<rest_call> abandon();
  /// Its WebSocket if that carries requests, or null.
  event_socket* rest() noexcept;
  event_socket::time_point sweep(event_socket::time_point now);

 private:
  void on_open() override;
  void on_events(event_batch const& batch) override;
  void on_replaced() override;
  void on_answer(rest_call call, result<response> answer) override;
  void on_closed(error const& why) override;
  std::shared_ptr<void> hold() override { return owner_.hold(); }

  void open();
  void open_after(std::chrono::milliseconds wait);
  void report(error const& why);

  client_context& context_;
  rest_line& line_;
  host& owner_;
  std::string name_;
  bool everything_;
  std::shared_ptr<event_socket> socket_;
  io::backoff backoff_;
  boost::asio::steady_timer timer_;
  event_socket::time_point up_since_;
  bool wanted_ = false;
  bool up_ = false;
  bool waiting_ = false;
  std::string last_reason_;
};

}  // namespace calluna::ari

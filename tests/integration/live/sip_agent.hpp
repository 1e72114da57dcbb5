#pragma once
#include "sip_message.hpp"

#include <calluna/io/executor.hpp>

#include <boost/asio/ip/udp.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace calluna::integration {

/// One call of a phone or of somebody outside.
struct sip_call {
  enum class stage { calling, called, ringing, up, ended };
  std::string call_id;
  /// Whose: a phone's number, or "trunk".
  std::string endpoint;
  /// What was dialled.
  std::string number;
  bool ours = false;  ///< we call
  stage at = stage::calling;
  int status = 0;          ///< with which our own INVITE failed
  bool keys_sent = false;  ///< for those who act once it is up
  sip_party shown;         ///< who is at the other side, as the display has it

 private:
  friend class sip_agent;
  std::string local, remote, target;  // our and their address with tags; where requests go
  std::string branch;                 // of our INVITE
  sip_message invite;                 // as it went out or came in
  std::string last_answer;            // to it
  int cseq = 0, their_cseq = -1, sdp_version = 0;
  bool held = false, cancelled = false;
};

/// The telephones and the world outside of one PBX: SIP over UDP on this machine, without sound.
/// What is lost is not sent again; on the loopback nothing is. On one executor; call-backs come
/// there.
class sip_agent {
 public:
  /// Listens at `port`.
  sip_agent(io::executor on, std::uint16_t port, std::uint16_t pbx_port);
  ~sip_agent();
  sip_agent(sip_agent const&) = delete;
  sip_agent& operator=(sip_agent const&) = delete;

  std::uint16_t port() const { return port_; }
  /// The user part that tells a phone from numbers outside: "phone-101".
  static constexpr char const* phone_prefix = "phone-";

  using call = std::shared_ptr<sip_call>;
  /// `endpoint` dials `to`, with that name and number in From.
  call dial(std::string const& endpoint, sip_party const& from, std::string const& to);
  void ring(call const& c);
  void answer(call const& c);
  void decline(call const& c, int status);
  /// Whatever that takes: BYE, CANCEL, or declining what rings.
  void hang_up(call const& c);
  void hold(call const& c, bool on);
  void press(call const& c, char key);
  /// Sends the other side to `to`.
  void transfer(call const& c, std::string const& to);
  /// Joins the other sides of both.
  void join(call const& first, call const& second);

  call find(std::string const& call_id) const;

  std::function<void(call const&)> on_called, on_up, on_shown, on_ended;

 private:
  using udp = boost::asio::ip::udp;
  void receive();
  void take(sip_message const& m);
  void take_request(sip_message const& m);
  void take_answer(sip_message const& m);
  void take_invite(sip_message const& m);
  void take_invite_answer(call const& c, sip_message const& m);
  void send(std::string const& text);
  sip_message request(call const& c, std::string const& method, int cseq);
  void send_request(call const& c, std::string const& method,
                    std::function<void(sip_message&)> const& more = {});
  sip_message answer_to(sip_message const& request, int status, call const& c) const;
  void reply(sip_message const& request, int status, call const& c = {}, bool with_sdp = false);
  void with_offer(call const& c, sip_message& m) const;
  void look_at_display(call const& c, sip_message const& m);
  void came_up(call const& c);
  void ended(call const& c);
  std::string contact(std::string const& endpoint) const;
  std::string fresh(char const* what);

  io::executor on_;
  udp::socket socket_, media_;
  udp::endpoint pbx_, from_;
  std::uint16_t port_;
  std::array<char, 65536> buffer_{};
  std::map<std::string, call> calls_;
  std::uint64_t last_ = 0;
  std::string unique_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace calluna::integration

#include "sip_agent.hpp"

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>

#include <chrono>

namespace calluna::integration {
namespace {

constexpr char const* allowed = "INVITE, ACK, CANCEL, BYE, INFO, UPDATE, NOTIFY, REFER, OPTIONS";

char const* reason(int status) {
  switch (status) {
    case 180:
      return "Ringing";
    case 200:
      return "OK";
    case 481:
      return "Call Does Not Exist";
    case 486:
      return "Busy Here";
    case 487:
      return "Request Terminated";
    case 503:
      return "Service Unavailable";
    case 603:
      return "Decline";
    default:
      return "Answer";
  }
}

/// What answers the direction that is offered.
char const* answering(std::string const& offer, bool held) {
  if (offer.find("a=sendonly") != offer.npos) return "recvonly";
  if (offer.find("a=inactive") != offer.npos) return "inactive";
  return held ? "sendonly" : "sendrecv";
}

std::string sdp(std::uint16_t port, int version, char const* direction) {
  return fmt::format(
      "v=0\r\no=- 1 {} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
      "m=audio {} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na={}\r\n",
      version, port, direction);
}

}  // namespace

sip_agent::sip_agent(io::executor on, std::uint16_t port, std::uint16_t pbx_port)
    : on_(on),
      socket_(on, udp::endpoint(boost::asio::ip::address_v4::loopback(), port)),
      media_(on, udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
      pbx_(boost::asio::ip::address_v4::loopback(), pbx_port),
      port_(port),
      unique_(fmt::format("{:x}", std::chrono::steady_clock::now().time_since_epoch().count())) {
  receive();
}

sip_agent::~sip_agent() = default;

std::string sip_agent::fresh(char const* what) {
  return fmt::format("{}{}-{}", what, unique_, ++last_);
}

std::string sip_agent::contact(std::string const& endpoint) const {
  return fmt::format("<sip:{}{}@127.0.0.1:{}>", endpoint == "trunk" ? "" : phone_prefix, endpoint,
                     port_);
}

sip_agent::call sip_agent::find(std::string const& call_id) const {
  auto const at = calls_.find(call_id);
  return at == calls_.end() ? nullptr : at->second;
}

// -- bytes

void sip_agent::receive() {
  socket_.async_receive_from(
      boost::asio::buffer(buffer_), from_,
      [this, alive = std::weak_ptr(alive_)](boost::system::error_code const& code, std::size_t n) {
        if (alive.expired() || code == boost::asio::error::operation_aborted) return;
        if (!code)
          if (auto const m = sip_message::read({buffer_.data(), n})) take(*m);
        receive();
      });
}

void sip_agent::send(std::string const& text) {
  boost::system::error_code ignored;
  socket_.send_to(boost::asio::buffer(text), pbx_, 0, ignored);
}

void sip_agent::take(sip_message const& m) {
  if (m.is_request())
    take_request(m);
  else
    take_answer(m);
}

// -- requests of ours

sip_message sip_agent::request(call const& c, std::string const& method, int cseq) {
  sip_message m;
  m.start = fmt::format("{} {} SIP/2.0", method, c->target);
  m.add("Via", fmt::format("SIP/2.0/UDP 127.0.0.1:{};branch={};rport", port_, fresh("z9hG4bK")));
  m.add("From", c->local);
  m.add("To", c->remote);
  m.add("Call-ID", c->call_id);
  m.add("CSeq", fmt::format("{} {}", cseq, method));
  m.add("Contact", contact(c->endpoint));
  m.add("Max-Forwards", "70");
  m.add("Allow", allowed);
  if (c->endpoint == "trunk") m.add("X-Lab-Trunk", "yes");
  return m;
}

void sip_agent::send_request(call const& c, std::string const& method,
                             std::function<void(sip_message&)> const& more) {
  auto m = request(c, method, ++c->cseq);
  if (more) more(m);
  send(m.text());
}

void sip_agent::with_offer(call const& c, sip_message& m) const {
  m.add("Content-Type", "application/sdp");
  m.body = sdp(media_.local_endpoint().port(), ++c->sdp_version, c->held ? "sendonly" : "sendrecv");
}

sip_agent::call sip_agent::dial(std::string const& endpoint, sip_party const& from,
                                std::string const& to) {
  auto const c = std::make_shared<sip_call>();
  c->call_id = fresh("c");
  c->endpoint = endpoint;
  c->number = to;
  c->ours = true;
  auto const at = from.user.empty() ? std::string() : from.user + "@";
  auto const name = from.name.empty() ? std::string() : "\"" + from.name + "\" ";
  c->local = fmt::format("{}<sip:{}127.0.0.1:{}>;tag={}", name, at, port_, fresh("t"));
  c->target = fmt::format("sip:{}@127.0.0.1:{}", to, pbx_.port());
  c->remote = "<" + c->target + ">";
  calls_[c->call_id] = c;
  auto m = request(c, "INVITE", ++c->cseq);
  with_offer(c, m);
  c->invite = m;
  send(m.text());
  return c;
}

void sip_agent::hang_up(call const& c) {
  if (c->at == sip_call::stage::ended) return;
  if (c->at == sip_call::stage::up) {
    send_request(c, "BYE");
    return ended(c);
  }
  if (!c->ours) return decline(c, 603);
  // CANCEL is the INVITE's twin; its end comes as 487.
  if (std::exchange(c->cancelled, true)) return;
  auto m = c->invite;
  m.start.replace(0, 6, "CANCEL");
  m.body.clear();
  std::erase_if(m.headers, [](auto const& h) { return h.first == "Content-Type"; });
  for (auto& [name, value] : m.headers)
    if (name == "CSeq") value.replace(value.find("INVITE"), 6, "CANCEL");
  send(m.text());
}

void sip_agent::hold(call const& c, bool on) {
  c->held = on;
  send_request(c, "INVITE", [&](sip_message& m) { with_offer(c, m); });
}

void sip_agent::press(call const& c, char key) {
  send_request(c, "INFO", [&](sip_message& m) {
    m.add("Content-Type", "application/dtmf-relay");
    m.body = fmt::format("Signal={}\r\nDuration=100\r\n", key);
  });
}

void sip_agent::transfer(call const& c, std::string const& to) {
  send_request(c, "REFER", [&](sip_message& m) {
    m.add("Refer-To", fmt::format("<sip:{}@127.0.0.1:{}>", to, pbx_.port()));
    m.add("Referred-By", c->local);
  });
}

void sip_agent::join(call const& first, call const& second) {
  auto const uri = uri_of(second->remote);
  auto const replaces =
      fmt::format("{}%3Bto-tag%3D{}%3Bfrom-tag%3D{}", second->call_id,
                  parameter(second->remote, "tag"), parameter(second->local, "tag"));
  send_request(first, "REFER", [&](sip_message& m) {
    m.add("Refer-To", fmt::format("<{}?Replaces={}>", uri, replaces));
    m.add("Referred-By", first->local);
  });
}

// -- answers to ours

void sip_agent::take_answer(sip_message const& m) {
  auto const c = find(m.get("Call-ID"));
  if (!c || m.cseq_method() != "INVITE") return;
  take_invite_answer(c, m);
}

void sip_agent::take_invite_answer(call const& c, sip_message const& m) {
  auto const status = m.status();
  bool const first = c->ours && m.cseq() == c->invite.cseq();
  if (first && status > 100) c->remote = m.get("To");
  if (status < 200) return look_at_display(c, m);
  if (status < 300) {
    if (auto const to = uri_of(m.get("Contact")); !to.empty()) c->target = to;
    send(request(c, "ACK", m.cseq()).text());
    look_at_display(c, m);
    if (!first || c->at == sip_call::stage::up) return;
    if (c->at == sip_call::stage::ended || c->cancelled) return send_request(c, "BYE"), ended(c);
    return came_up(c);
  }
  // Its ACK belongs to the transaction.
  auto ack = first ? c->invite : request(c, "ACK", m.cseq());
  ack.start.replace(0, ack.start.find(' '), "ACK");
  ack.body.clear();
  std::erase_if(ack.headers, [](auto const& h) { return h.first == "Content-Type"; });
  for (auto& [name, value] : ack.headers) {
    if (name == "CSeq") value = fmt::format("{} ACK", m.cseq());
    if (name == "To") value = m.get("To");
    if (name == "Via") value = m.get("Via");
  }
  send(ack.text());
  if (!first) return;
  c->status = status;
  ended(c);
}

// -- requests of theirs

sip_message sip_agent::answer_to(sip_message const& request, int status, call const& c) const {
  sip_message m;
  m.start = fmt::format("SIP/2.0 {} {}", status, reason(status));
  for (auto const& [name, value] : request.headers)
    if (name == "Via" || name == "Record-Route") m.add(name, value);
  m.add("From", request.get("From"));
  m.add("To", c && !c->ours && parameter(request.get("To"), "tag").empty() ? c->local
                                                                           : request.get("To"));
  m.add("Call-ID", request.get("Call-ID"));
  m.add("CSeq", request.get("CSeq"));
  if (c) m.add("Contact", contact(c->endpoint));
  m.add("Allow", allowed);
  return m;
}

void sip_agent::reply(sip_message const& request, int status, call const& c, bool with_sdp) {
  auto m = answer_to(request, status, c);
  if (with_sdp) {
    m.add("Content-Type", "application/sdp");
    m.body =
        sdp(media_.local_endpoint().port(), ++c->sdp_version, answering(request.body, c->held));
  }
  auto text = m.text();
  send(text);
  if (c && request.method() == "INVITE") c->last_answer = std::move(text);
}

void sip_agent::take_request(sip_message const& m) {
  auto const method = m.method();
  auto const c = find(m.get("Call-ID"));
  if (method == "INVITE") return take_invite(m);
  if (method == "ACK") return;
  if (!c) return reply(m, method == "OPTIONS" ? 200 : 481);
  look_at_display(c, m);
  reply(m, 200, c, method == "UPDATE" && !m.body.empty());
  if (method == "BYE") return ended(c);
  if (method == "CANCEL" && c->at != sip_call::stage::up) {
    reply(c->invite, 487, c);
    return ended(c);
  }
  // The other side has gone to where it was sent: we are in it no more.
  if (method == "NOTIFY" && m.body.rfind("SIP/2.0 2", 0) == 0) hang_up(c);
}

void sip_agent::take_invite(sip_message const& m) {
  if (auto const c = find(m.get("Call-ID"))) {
    if (c->their_cseq >= m.cseq()) return send(c->last_answer);
    c->their_cseq = m.cseq();
    look_at_display(c, m);
    return reply(m, 200, c, true);
  }
  auto const c = std::make_shared<sip_call>();
  auto const user = user_of(m.start.substr(7, m.start.rfind(' ') - 7));
  std::string const prefix = phone_prefix;
  c->call_id = m.get("Call-ID");
  c->endpoint = user.rfind(prefix, 0) == 0 ? user.substr(prefix.size()) : "trunk";
  c->number = user;
  c->at = sip_call::stage::called;
  c->invite = m;
  c->their_cseq = m.cseq();
  c->local = fmt::format("{};tag={}", m.get("To"), fresh("t"));
  c->remote = m.get("From");
  c->target = uri_of(m.get("Contact"));
  c->shown = party_of(m.get("From"));
  calls_[c->call_id] = c;
  look_at_display(c, m);
  if (on_called) on_called(c);
}

void sip_agent::ring(call const& c) {
  if (c->at != sip_call::stage::called) return;
  c->at = sip_call::stage::ringing;
  reply(c->invite, 180, c);
}

void sip_agent::answer(call const& c) {
  if (c->at != sip_call::stage::called && c->at != sip_call::stage::ringing) return;
  reply(c->invite, 200, c, true);
  came_up(c);
}

void sip_agent::decline(call const& c, int status) {
  if (c->at != sip_call::stage::called && c->at != sip_call::stage::ringing) return;
  reply(c->invite, status, c);
  ended(c);
}

// -- what becomes of it

void sip_agent::look_at_display(call const& c, sip_message const& m) {
  if (auto const asserted = m.get("P-Asserted-Identity"); !asserted.empty()) {
    c->shown = party_of(asserted);
  } else if (m.method() != "INVITE" || c->ours) {
    return;
  }
  if (on_shown) on_shown(c);
}

void sip_agent::came_up(call const& c) {
  c->at = sip_call::stage::up;
  if (on_up) on_up(c);
}

void sip_agent::ended(call const& c) {
  if (std::exchange(c->at, sip_call::stage::ended) == sip_call::stage::ended) return;
  if (on_ended) on_ended(c);
}

}  // namespace calluna::integration

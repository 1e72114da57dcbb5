#include "live_people.hpp"

#include <boost/asio/steady_timer.hpp>

namespace calluna::integration {

using kind = sim::behaviour::kind;

live_people::live_people(io::executor on, std::uint16_t port, std::uint16_t pbx_port,
                         live_story& story)
    : on_(on), story_(story), agent_(on, port, pbx_port) {
  agent_.on_called = [this](auto const& c) { called(c); };
  agent_.on_up = [this](auto const& c) { up(c); };
  agent_.on_shown = [this](auto const& c) {
    if (auto const serial = serial_of(c); serial != 0)
      story_.shows(serial, c->shown.name, c->shown.user);
  };
}

void live_people::match(std::string const& call_id, std::uint64_t serial) {
  serials_[call_id] = serial;
  calls_[serial] = call_id;
  if (auto const c = agent_.find(call_id); c && !c->shown.user.empty()) agent_.on_shown(c);
}

std::uint64_t live_people::serial_of(sip_agent::call const& c) const {
  auto const at = serials_.find(c->call_id);
  return at == serials_.end() ? 0 : at->second;
}

sip_agent::call live_people::call_of(std::uint64_t serial) const {
  auto const at = calls_.find(serial);
  return at == calls_.end() ? nullptr : agent_.find(at->second);
}

void live_people::later(sip_agent::call const& c, sim::span span, std::function<void()> act) {
  auto const timer = std::make_shared<boost::asio::steady_timer>(on_, span);
  timer->async_wait([timer, c, act = std::move(act)](boost::system::error_code const& code) {
    if (!code && c->at != sip_call::stage::ended) act();
  });
}

sim::behaviour live_people::behaviour_of(sip_call const& c) const {
  auto const& all = c.endpoint == "trunk" ? numbers_ : phones_;
  auto const at = all.find(c.endpoint == "trunk" ? c.number : c.endpoint);
  return at == all.end() ? sim::behaviour{} : at->second;
}

void live_people::called(sip_agent::call const& c) {
  auto const b = behaviour_of(*c);
  if (b.does == kind::busy) return agent_.decline(c, 486);
  if (b.does == kind::congestion) return agent_.decline(c, 503);
  agent_.ring(c);
  if (b.does == kind::reject) later(c, b.after, [this, c] { agent_.decline(c, 603); });
  if (b.does == kind::answer) later(c, b.after, [this, c] { agent_.answer(c); });
}

void live_people::up(sip_agent::call const& c) {
  auto const b = behaviour_of(*c);
  if (c->ours || b.does != kind::answer) return;
  if (b.hang_up_after) later(c, *b.hang_up_after, [this, c] { agent_.hang_up(c); });
  if (!b.keys.empty())
    later(c, b.keys_after, [this, c, keys = b.keys] {
      for (auto const key : keys) agent_.press(c, key);
    });
}

}  // namespace calluna::integration

#include <calluna/sim/actors.hpp>

namespace calluna::sim {
namespace {

constexpr auto network = std::chrono::milliseconds(2);

}  // namespace

actors::actors(machine& on) : machine_(on) {
  machine_.on_invite = [this](channel const& c, std::string const& number) { ring(c, number); };
  machine_.listen([this](event const& e) {
    if (e.kind == event_kind::channel_ended) {
      called_.erase(e.channel->serial);
      keys_.erase(e.channel->serial);
    }
    if (e.kind != event_kind::channel_state || e.channel->state != channel_state::up) return;
    auto const serial = e.channel->serial;
    if (auto const at = keys_.find(serial); at != keys_.end()) {
      machine_.time().after(std::chrono::seconds(1), [this, serial, keys = at->second] {
        machine_.device_presses(serial, keys);
      });
      keys_.erase(at);
    }
    auto const at = called_.find(serial);
    if (at == called_.end()) return;
    auto const& b = at->second;
    if (b.hang_up_after)
      machine_.time().after(*b.hang_up_after, [this, serial] { machine_.device_hangs_up(serial); });
    if (!b.keys.empty())
      machine_.time().after(
          b.keys_after, [this, serial, keys = b.keys] { machine_.device_presses(serial, keys); });
  });
}

void actors::ring(channel const& c, std::string const& number) {
  behaviour b;
  if (auto const at = phones_.find(c.endpoint); at != phones_.end()) b = at->second;
  if (auto const at = numbers_.find(number); at != numbers_.end()) b = at->second;
  auto const serial = c.serial;
  auto& time = machine_.time();
  if (b.does == behaviour::kind::busy)
    return time.after(network, [this, serial] { machine_.device_declines(serial, 17, 486); });
  if (b.does == behaviour::kind::congestion)
    return time.after(network, [this, serial] { machine_.device_declines(serial, 34, 503); });
  time.after(network, [this, serial] { machine_.device_rings(serial); });
  if (b.does == behaviour::kind::reject)
    time.after(network + b.after, [this, serial] { machine_.device_declines(serial, 21, 603); });
  if (b.does == behaviour::kind::answer) {
    called_[serial] = b;
    time.after(network + b.after, [this, serial] { machine_.device_answers(serial); });
  }
}

void actors::add(caller c) {
  auto const delay = machine_.options().began + c.at - machine_.now();
  machine_.time().after(delay, [this, c] { come(c, c.times); });
}

void actors::come(caller const& c, int times) {
  ++arrived_;
  auto const* const made = machine_.arrive({c.endpoint, c.number, c.exten});
  if (made == nullptr) {
    ++refused_;
  } else {
    auto const serial = made->serial;
    if (!c.keys.empty()) keys_[serial] = c.keys;
    if (c.stays)
      machine_.time().after(*c.stays, [this, serial] { machine_.device_hangs_up(serial); });
  }
  if (times > 1) machine_.time().after(c.every, [this, c, times] { come(c, times - 1); });
}

}  // namespace calluna::sim

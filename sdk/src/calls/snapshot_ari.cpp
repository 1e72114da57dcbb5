#include <calluna/calls/snapshot.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>

namespace calluna::calls {
namespace {

using nlohmann::json;

std::string text(json const& object, char const* key) {
  auto const found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

json const& member(json const& object, char const* key) {
  static json const none;
  auto const found = object.is_object() ? object.find(key) : object.end();
  return found == object.end() ? none : *found;
}

channel_state state_of(std::string_view state) {
  if (state == "Down") return channel_state::down;
  if (state == "Ring") return channel_state::calling;
  if (state == "Ringing") return channel_state::ringing;
  return state == "Up" ? channel_state::up : channel_state::other;
}

/// "2026-11-21T05:23:26.402+0000"; never if it is anything else.
moment time_of(std::string_view text) {
  constexpr std::string_view form = "0000-00-00T00:00:00.000+0000";
  if (text.size() != form.size()) return {};
  auto const part = [&](std::size_t from, std::size_t count) {
    int value = 0;
    std::from_chars(text.data() + from, text.data() + from + count, value);
    return value;
  };
  using namespace std::chrono;
  auto const day = year_month_day(year(part(0, 4)), month(static_cast<unsigned>(part(5, 2))),
                                  std::chrono::day(static_cast<unsigned>(part(8, 2))));
  if (!day.ok()) return {};
  auto const zone = hours(part(24, 2)) + minutes(part(26, 2));
  auto const local = sys_days(day) + hours(part(11, 2)) + minutes(part(14, 2)) +
                     seconds(part(17, 2)) + milliseconds(part(20, 3));
  return text[23] == '-' ? local + zone : local - zone;
}

known_channel channel_of(json const& j) {
  known_channel c;
  c.id = text(j, "id");
  c.name = text(j, "name");
  c.state = state_of(text(j, "state"));
  c.number = text(member(j, "caller"), "number");
  c.caller_name = text(member(j, "caller"), "name");
  auto const& place = member(j, "dialplan");
  c.exten = text(place, "exten");
  c.application = text(place, "app_name");
  c.since = time_of(text(j, "creationtime"));
  c.dialed = text(place, "app_data") == "(Outgoing Line)" || c.state == channel_state::ringing ||
             c.state == channel_state::down;
  return c;
}

known_bridge bridge_of(json const& j) {
  known_bridge b;
  b.id = text(j, "id");
  b.name = text(j, "name");
  if (text(j, "bridge_class") == "parking") {
    b.kind = bridge_kind::parking;
  } else if (text(j, "creator") == "ConfBridge") {
    b.kind = bridge_kind::conference;
  } else if (text(j, "bridge_type") == "holding") {
    b.kind = bridge_kind::holding;
  }
  return b;
}

}  // namespace

bool add_from_ari(snapshot& into, std::string_view channels, std::string_view bridges) {
  auto const all = json::parse(channels, nullptr, false);
  auto const rooms = json::parse(bridges, nullptr, false);
  if (!all.is_array() || !rooms.is_array()) return false;
  for (auto const& j : all) into.channels.push_back(channel_of(j));
  for (auto const& j : rooms) {
    into.bridges.push_back(bridge_of(j));
    for (auto const& id : member(j, "channels")) {
      if (!id.is_string()) continue;
      for (auto& c : into.channels)
        if (c.id == id.get_ref<std::string const&>()) c.bridge = into.bridges.back().id;
    }
  }
  return true;
}

}  // namespace calluna::calls

#include <calluna/ari/event.hpp>
#include <calluna/ari/json_view.hpp>
#include <calluna/calls/from_ari.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>

namespace calluna::calls {
namespace {

using ari::event_view;
using ari::json_view;

std::string_view text(json_view const& object, std::string_view key) {
  auto const value = object.find(key);
  return value.kind == json_view::kind::text ? value.raw : std::string_view{};
}

json_view object(json_view const& in, std::string_view key) {
  auto const value = in.find(key);
  return json_view(value.kind == json_view::kind::object ? value.raw : std::string_view{"{}"});
}

int number(json_view const& in, std::string_view key) {
  int value = 0;
  auto const raw = in.find(key).raw;
  std::from_chars(raw.data(), raw.data() + raw.size(), value);
  return value;
}

/// Undoes JSON's escapes; as it stands if they are broken.
std::string decoded(std::string_view raw) {
  if (raw.find('\\') == std::string_view::npos) return std::string(raw);
  auto const value = nlohmann::json::parse('"' + std::string(raw) + '"', nullptr, false);
  return value.is_string() ? value.get<std::string>() : std::string(raw);
}

channel_state state_of(std::string_view state) {
  if (state == "Down") return channel_state::down;
  if (state == "Ring") return channel_state::calling;
  if (state == "Ringing") return channel_state::ringing;
  return state == "Up" ? channel_state::up : channel_state::other;
}

channel_view channel_of(json_view const& c) {
  channel_view view;
  view.id = text(c, "id");
  view.name = text(c, "name");
  view.state = state_of(text(c, "state"));
  auto const caller = object(c, "caller");
  view.number = text(caller, "number");
  view.caller_name = decoded(text(caller, "name"));
  auto const place = object(c, "dialplan");
  view.exten = text(place, "exten");
  view.application = text(place, "app_name");
  return view;
}

channel_view channel_in(event_view const& e, std::string_view key = "channel") {
  return channel_of(object(json_view(e.json), key));
}

bridge_view bridge_of(event_view const& e) {
  auto const b = object(json_view(e.json), "bridge");
  bridge_view view;
  view.id = text(b, "id");
  view.name = text(b, "name");
  if (text(b, "bridge_class") == "parking") {
    view.kind = bridge_kind::parking;
  } else if (text(b, "creator") == "ConfBridge") {
    view.kind = bridge_kind::conference;
  } else if (text(b, "bridge_type") == "holding") {
    view.kind = bridge_kind::holding;
  }
  return view;
}

using reader = std::optional<fact_body> (*)(event_view const&);

template <class Fact>
std::optional<fact_body> only_channel(event_view const& e) {
  return Fact{channel_in(e)};
}

std::optional<fact_body> destroyed(event_view const& e) {
  json_view const all(e.json);
  return channel_ended{channel_in(e), number(all, "cause"), text(all, "cause_txt")};
}

std::optional<fact_body> hangup_request(event_view const& e) {
  json_view const all(e.json);
  return hangup_asked{channel_in(e), all.find("soft").raw != "true", number(all, "cause")};
}

/// One event for the beginning of dialling, its progress and its end.
std::optional<fact_body> dial(event_view const& e) {
  json_view const all(e.json);
  auto const status = text(all, "dialstatus");
  if (status.empty())
    return dial_began{channel_in(e, "caller"), channel_in(e, "peer"), text(all, "dialstring")};
  if (status == "RINGING" || status == "PROGRESS" || status == "PROCEEDING")
    return channel_changed{channel_in(e, "peer")};
  return dial_ended{channel_in(e, "caller"), channel_in(e, "peer"), status};
}

template <class Fact>
std::optional<fact_body> with_bridge(event_view const& e) {
  return Fact{bridge_of(e), channel_in(e)};
}

std::optional<fact_body> blind(event_view const& e) {
  json_view const all(e.json);
  if (text(all, "result") != "Success") return {};
  return blind_transfer{channel_in(e), channel_in(e, "transferee"), text(all, "exten")};
}

std::optional<fact_body> attended(event_view const& e) {
  json_view const all(e.json);
  if (text(all, "result") != "Success") return {};
  return attended_transfer{channel_in(e, "transferer_first_leg"),
                           channel_in(e, "transferer_second_leg"), channel_in(e, "transferee"),
                           channel_in(e, "transfer_target")};
}

std::optional<fact_body> digit(event_view const& e) {
  auto const key = text(json_view(e.json), "digit");
  if (key.empty()) return {};
  return digit_pressed{channel_in(e), key.front()};
}

/// Recordings name what they record as "channel:ID"; those of a bridge are nobody's alone.
template <class Fact>
std::optional<fact_body> recording_of(event_view const& e) {
  constexpr std::string_view on_channel = "channel:";
  if (!e.target_uri.starts_with(on_channel)) return {};
  channel_view c;
  c.id = e.target_uri.substr(on_channel.size());
  return Fact{std::move(c), e.recording_name};
}

std::optional<fact_body> enter_stasis(event_view const& e) {
  return stasis_entered{channel_in(e), e.application};
}

struct known_event {
  std::string_view name;
  reader read;
};
/// In order of their names.
constexpr std::array known_events{
    known_event{"BridgeAttendedTransfer", attended},
    known_event{"BridgeBlindTransfer", blind},
    known_event{"ChannelCallerId", only_channel<channel_changed>},
    known_event{"ChannelConnectedLine", only_channel<channel_changed>},
    known_event{"ChannelCreated", only_channel<channel_began>},
    known_event{"ChannelDestroyed", destroyed},
    known_event{"ChannelDtmfReceived", digit},
    known_event{"ChannelEnteredBridge", with_bridge<bridge_entered>},
    known_event{"ChannelHangupRequest", hangup_request},
    known_event{"ChannelHold", only_channel<held>},
    known_event{"ChannelLeftBridge", with_bridge<bridge_left>},
    known_event{"ChannelStateChange", only_channel<channel_changed>},
    known_event{"ChannelUnhold", only_channel<resumed>},
    known_event{"Dial", dial},
    known_event{"RecordingFailed", recording_of<recording_stopped>},
    known_event{"RecordingFinished", recording_of<recording_stopped>},
    known_event{"RecordingStarted", recording_of<recording_started>},
    known_event{"StasisEnd", only_channel<stasis_left>},
    known_event{"StasisStart", enter_stasis},
};
static_assert(std::is_sorted(known_events.begin(), known_events.end(),
                             [](auto const& a, auto const& b) { return a.name < b.name; }));

}  // namespace

std::optional<fact_body> fact_from(event_view const& event) {
  auto const found = std::lower_bound(known_events.begin(), known_events.end(), event.type,
                                      [](auto const& e, std::string_view n) { return e.name < n; });
  if (found == known_events.end() || found->name != event.type) return {};
  return found->read(event);
}

}  // namespace calluna::calls

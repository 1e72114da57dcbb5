#include <calluna/ami/message.hpp>
#include <calluna/calls/from_ami.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>

namespace calluna::calls {
namespace {

using ami::message_view;

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// ASCII only, as the protocol's keys are.
bool same(std::string_view one, std::string_view two) {
  return one.size() == two.size() &&
         std::equal(one.begin(), one.end(), two.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view plain(std::string_view value) {
  return value == "<unknown>" || value == "unknown" ? std::string_view{} : value;
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// AST_STATE_*: 0 down, 4 ring (it calls), 5 ringing (it is called), 6 up.
channel_state state_of(std::string_view text) {
  switch (number(text)) {
    case 0:
      return channel_state::down;
    case 4:
      return channel_state::calling;
    case 5:
      return channel_state::ringing;
    case 6:
      return channel_state::up;
    default:
      return channel_state::other;
  }
}

/// The channel whose headers begin with `prefix` ("Dest", "Transferee"); in one pass, as these are
/// half of an event's headers.
channel_view channel_of(message_view const& event, std::string_view prefix = {}) {
  channel_view c;
  event.for_each([&](std::string_view key, std::string_view value) {
    if (key.size() <= prefix.size() || !same(key.substr(0, prefix.size()), prefix)) return;
    key.remove_prefix(prefix.size());
    auto const take = [&](std::string_view name, std::string_view& into) {
      if (!into.empty() || !same(key, name)) return false;
      into = plain(value);
      return true;
    };
    switch (lower(key.front())) {
      case 'u':
        take("Uniqueid", c.id);
        break;
      case 'l':
        take("Linkedid", c.linkedid);
        break;
      case 'e':
        take("Exten", c.exten);
        break;
      case 'a':
        take("Application", c.application);
        break;
      case 'c':
        if (take("Channel", c.name) || take("CallerIDNum", c.number)) break;
        if (same(key, "ChannelState")) c.state = state_of(value);
        if (same(key, "CallerIDName") && !plain(value).empty())
          c.caller_name = ami::unescape(value);
        break;
      default:
        break;
    }
  });
  return c;
}

bridge_view bridge_of(message_view const& event) {
  bridge_view b;
  b.id = event.get("BridgeUniqueid");
  b.name = plain(event.get("BridgeName"));
  if (event.get("BridgeType") == "parking") {
    b.kind = bridge_kind::parking;
  } else if (event.get("BridgeCreator") == "ConfBridge") {
    b.kind = bridge_kind::conference;
  } else if (event.get("BridgeTechnology") == "holding_bridge") {
    b.kind = bridge_kind::holding;
  }
  return b;
}

using reader = std::optional<fact_body> (*)(message_view const&);

template <class Fact>
std::optional<fact_body> only_channel(message_view const& e) {
  return Fact{channel_of(e)};
}

std::optional<fact_body> renamed(message_view const& e) {
  auto c = channel_of(e);
  c.name = e.get("Newname");
  return channel_changed{std::move(c)};
}

std::optional<fact_body> hangup(message_view const& e) {
  return channel_ended{channel_of(e), number(e.get("Cause")), e.get("Cause-txt")};
}

template <bool ByDevice>
std::optional<fact_body> hangup_request(message_view const& e) {
  return hangup_asked{channel_of(e), ByDevice, number(e.get("Cause"))};
}

std::optional<fact_body> begun_dial(message_view const& e) {
  return dial_began{channel_of(e), channel_of(e, "Dest"), e.get("DialString")};
}

std::optional<fact_body> dial_state(message_view const& e) {
  return channel_changed{channel_of(e, "Dest")};
}

std::optional<fact_body> ended_dial(message_view const& e) {
  return dial_ended{channel_of(e), channel_of(e, "Dest"), e.get("DialStatus")};
}

template <class Fact>
std::optional<fact_body> with_bridge(message_view const& e) {
  return Fact{bridge_of(e), channel_of(e)};
}

std::optional<fact_body> blind(message_view const& e) {
  if (e.get("Result") != "Success") return {};
  return blind_transfer{channel_of(e, "Transferer"), channel_of(e, "Transferee"),
                        e.get("Extension")};
}

std::optional<fact_body> attended(message_view const& e) {
  if (e.get("Result") != "Success") return {};
  // Its snapshots are older than the merge that it makes: the linkedids would be stale.
  attended_transfer t{channel_of(e, "OrigTransferer"), channel_of(e, "SecondTransferer"),
                      channel_of(e, "Transferee"), channel_of(e, "TransferTarget")};
  for (auto* c : {&t.first, &t.second, &t.transferee, &t.target}) c->linkedid = {};
  return t;
}

std::optional<fact_body> picked(message_view const& e) {
  return picked_up{channel_of(e), channel_of(e, "Target")};
}

std::optional<fact_body> park(message_view const& e) {
  return parked{channel_of(e, "Parkee"), e.get("ParkerDialString"), e.get("Parkinglot"),
                e.get("ParkingSpace")};
}

std::optional<fact_body> unpark(message_view const& e) {
  auto retriever = channel_of(e, "Retriever");
  retriever.linkedid = {};
  return unparked{channel_of(e, "Parkee"), std::move(retriever)};
}

template <bool Timeout>
std::optional<fact_body> park_over(message_view const& e) {
  return park_ended{channel_of(e, "Parkee"), Timeout};
}

std::optional<fact_body> join_queue(message_view const& e) {
  return queue_joined{channel_of(e), e.get("Queue"),
                      static_cast<unsigned>(number(e.get("Position")))};
}

std::optional<fact_body> leave_queue(message_view const& e) {
  return queue_left{channel_of(e), e.get("Queue")};
}

std::optional<fact_body> connect_agent(message_view const& e) {
  return agent_connected{channel_of(e), channel_of(e, "Dest"), e.get("Queue")};
}

std::optional<fact_body> digit(message_view const& e) {
  auto const key = e.get("Digit");
  if (e.get("Direction") != "Received" || key.empty()) return {};
  return digit_pressed{channel_of(e), key.front()};
}

template <class Fact>
std::optional<fact_body> recording_of(message_view const& e) {
  return Fact{channel_of(e), {}};
}

struct known_event {
  std::string_view name;
  reader read;
};
/// In order of their names.
constexpr std::array known_events{
    known_event{"AgentConnect", connect_agent},
    known_event{"AttendedTransfer", attended},
    known_event{"BlindTransfer", blind},
    known_event{"BridgeEnter", with_bridge<bridge_entered>},
    known_event{"BridgeLeave", with_bridge<bridge_left>},
    known_event{"DTMFEnd", digit},
    known_event{"DialBegin", begun_dial},
    known_event{"DialEnd", ended_dial},
    known_event{"DialState", dial_state},
    known_event{"Hangup", hangup},
    known_event{"HangupRequest", hangup_request<true>},
    known_event{"Hold", only_channel<held>},
    known_event{"MixMonitorStart", recording_of<recording_started>},
    known_event{"MixMonitorStop", recording_of<recording_stopped>},
    known_event{"MonitorStart", recording_of<recording_started>},
    known_event{"MonitorStop", recording_of<recording_stopped>},
    known_event{"NewCallerid", only_channel<channel_changed>},
    known_event{"NewConnectedLine", only_channel<channel_changed>},
    known_event{"Newchannel", only_channel<channel_began>},
    known_event{"Newstate", only_channel<channel_changed>},
    known_event{"ParkedCall", park},
    known_event{"ParkedCallGiveUp", park_over<false>},
    known_event{"ParkedCallTimeOut", park_over<true>},
    known_event{"Pickup", picked},
    known_event{"QueueCallerJoin", join_queue},
    known_event{"QueueCallerLeave", leave_queue},
    known_event{"Rename", renamed},
    known_event{"SoftHangupRequest", hangup_request<false>},
    known_event{"UnParkedCall", unpark},
    known_event{"Unhold", only_channel<resumed>},
};
static_assert(std::is_sorted(known_events.begin(), known_events.end(),
                             [](auto const& a, auto const& b) { return a.name < b.name; }));

}  // namespace

std::optional<fact_body> fact_from(message_view const& event) {
  auto const name = event.event();
  auto const found = std::lower_bound(known_events.begin(), known_events.end(), name,
                                      [](auto const& e, std::string_view n) { return e.name < n; });
  if (found == known_events.end() || found->name != name) return {};
  return found->read(event);
}

}  // namespace calluna::calls

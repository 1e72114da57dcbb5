#pragma once
#include <calluna/ari/operation.hpp>
#include <calluna/sim/machine.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::sim {

struct ari_account {
  std::string user, password;
  bool read_only = false;
};

struct ari_answer {
  int status = 204;
  std::string reason = "No Content";
  std::string body;  ///< JSON, or empty
};

/// ARI in front of a machine, without any socket: requests in, answers out, events to whoever has
/// connected as an application. Lives on the machine's thread and no longer than it.
class ari_front {
 public:
  /// The text of one event.
  using sink = std::function<void(std::string const& json)>;
  using query = std::vector<std::pair<std::string, std::string>>;

  explicit ari_front(machine& on);
  ari_front(ari_front const&) = delete;
  ari_front& operator=(ari_front const&) = delete;

  /// Answers `method path?fields` with the JSON `body`; `path` is below /ari, decoded, its segments
  /// separated: {"channels", "1.2", "answer"}.
  ari_answer handle(std::string_view method, std::vector<std::string> const& path,
                    query const& fields, std::string_view body, bool read_only = false);
  /// The same for a RESTRequest that came on a WebSocket: the text of the RESTResponse.
  std::string handle_message(std::string_view text, std::string const& application,
                             bool read_only = false);

  /// An application's WebSocket. Another one of the same name takes over; the older is told.
  /// Returns a number for `disconnect`.
  std::uint64_t connect(std::vector<std::string> const& applications, bool all, sink to);
  void disconnect(std::uint64_t number);

  /// GET api-docs/`file`: ARI's description of itself (Swagger 1.1), with all models in each file.
  /// Empty if there is no such file.
  static std::string describe(std::string const& file, std::string const& host);

  /// How often an operation was asked for that is not here ("recordings.copyStored").
  std::map<std::string, std::uint64_t> const& unsupported() const noexcept { return unsupported_; }

 private:
  using json = nlohmann::ordered_json;
  struct subscriber {
    std::uint64_t connection = 0;  ///< 0: none, events are lost
    sink to;
    bool all = false;
    /// How often it is subscribed to what: "channel:1.2", "bridge:x", "endpoint:PJSIP/101",
    /// "deviceState:PJSIP/101".
    std::map<std::string, int> sources;
    std::set<std::string> allowed, disallowed;  ///< event types
  };
  struct arguments;
  using handler = ari_answer (ari_front::*)(arguments const&);
  static std::map<std::string_view, handler> const& handlers();

  void hear(event const& e);
  void tell(event const& e, json body, std::vector<std::string> const& sources);
  void tell(subscriber& a, std::string const& name, json body);
  void subscribe(std::string const& app, std::string const& source);
  void unsubscribe(std::string const& app, std::string const& source);
  json to_json(channel const& c) const;
  json to_json(bridge const& b) const;
  json to_json(playback const& p) const;
  json to_json(recording const& r) const;
  json to_json(endpoint const& e) const;
  json to_json(std::string const& name, subscriber const& a) const;
  std::string time_text(moment at) const;

  ari_answer info(arguments const& a);
  ari_answer ping(arguments const& a);
  ari_answer get_global(arguments const& a);
  ari_answer set_global(arguments const& a);
  ari_answer list_endpoints(arguments const& a);
  ari_answer get_endpoint(arguments const& a);
  ari_answer list_channels(arguments const& a);
  ari_answer get_channel(arguments const& a);
  ari_answer originate(arguments const& a);
  ari_answer create(arguments const& a);
  ari_answer hangup(arguments const& a);
  ari_answer continue_in_dialplan(arguments const& a);
  ari_answer move(arguments const& a);
  ari_answer answer(arguments const& a);
  ari_answer nothing(arguments const& a);
  ari_answer send_dtmf(arguments const& a);
  ari_answer hold(arguments const& a);
  ari_answer start_moh(arguments const& a);
  ari_answer stop_moh(arguments const& a);
  ari_answer play_to_channel(arguments const& a);
  ari_answer record_channel(arguments const& a);
  ari_answer get_variable(arguments const& a);
  ari_answer set_variable(arguments const& a);
  ari_answer get_variables(arguments const& a);
  ari_answer set_variables(arguments const& a);
  ari_answer snoop(arguments const& a);
  ari_answer dial(arguments const& a);
  ari_answer list_bridges(arguments const& a);
  ari_answer create_bridge(arguments const& a);
  ari_answer get_bridge(arguments const& a);
  ari_answer destroy_bridge(arguments const& a);
  ari_answer add_channel(arguments const& a);
  ari_answer remove_channel(arguments const& a);
  ari_answer bridge_moh(arguments const& a);
  ari_answer play_to_bridge(arguments const& a);
  ari_answer play_to(std::string const& target, arguments const& a);
  ari_answer record_bridge(arguments const& a);
  ari_answer list_stored(arguments const& a);
  ari_answer get_stored(arguments const& a);
  ari_answer get_live(arguments const& a);
  ari_answer end_live(arguments const& a);
  ari_answer get_playback(arguments const& a);
  ari_answer stop_playback(arguments const& a);
  ari_answer control_playback(arguments const& a);
  ari_answer list_device_states(arguments const& a);
  ari_answer get_device_state(arguments const& a);
  ari_answer user_event(arguments const& a);
  ari_answer list_applications(arguments const& a);
  ari_answer get_application(arguments const& a);
  ari_answer change_subscription(arguments const& a);
  ari_answer filter_events(arguments const& a);

  machine& machine_;
  std::map<std::string, subscriber> applications_;
  std::map<std::uint64_t, std::vector<std::string>> connections_;
  std::map<std::string, std::uint64_t> unsupported_;
  std::uint64_t next_connection_ = 0;
};

}  // namespace calluna::sim

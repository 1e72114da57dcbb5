#pragma once
#include <calluna/result.hpp>
#include <calluna/sim/agenda.hpp>
#include <calluna/sim/bridge.hpp>
#include <calluna/sim/channel.hpp>
#include <calluna/sim/dialplan.hpp>
#include <calluna/sim/endpoint.hpp>
#include <calluna/sim/event.hpp>
#include <calluna/sim/originate.hpp>
#include <calluna/sim/parking.hpp>
#include <calluna/sim/queue.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace calluna::sim {

struct machine_options {
  std::uint64_t seed = 1;
  moment began{std::chrono::seconds(1'767'258'000)};  ///< 2026-01-01 09:00 UTC
  std::string systemname = "sim";
  std::string entity_id = "02:00:00:00:00:01";
  /// How long a sound plays that `sounds` does not name, and each digit of a spoken number.
  span sound = std::chrono::seconds(2);
  span spoken_digit = std::chrono::milliseconds(500);
  /// name -> length, as in "hello-world".
  std::map<std::string, span> sounds = {};
  std::size_t max_channels = 10'000;
};

/// One AGI() of a channel: where the program is that shall lead it.
struct agi_request {
  std::uint64_t channel = 0;  ///< its serial
  std::uint64_t visit = 0;    ///< no other AGI() has it
  std::string url;            ///< "agi://host:4573/path?query"
  std::vector<std::string> arguments;
};

/// A PBX without sound, sockets and threads: channels, bridges, endpoints and a dialplan. It is
/// moved by its users' calls and by `advance_to`, and tells its listeners what happens, in the
/// order in which Asterisk would say it. One seed and the same calls give the same events, always.
/// Not thread-safe. Listeners must not call it back.
class machine {
 public:
  explicit machine(machine_options options);
  machine(machine const&) = delete;
  machine& operator=(machine const&) = delete;

  // -- time
  agenda& time() noexcept { return time_; }
  moment now() const noexcept { return time_.now(); }

  // -- what there is
  dialplan& plan() noexcept { return plan_; }
  endpoint& add_endpoint(endpoint e);
  endpoint* find_endpoint(std::string_view name);
  std::map<std::string, endpoint, std::less<>> const& endpoints() const { return endpoints_; }
  void set_online(std::string_view endpoint, bool online);
  std::map<std::uint64_t, std::unique_ptr<channel>> const& channels() const { return channels_; }
  std::map<std::uint64_t, std::unique_ptr<bridge>> const& bridges() const { return bridges_; }
  std::map<std::string, stored_recording> const& stored_recordings() const { return stored_; }
  channel* find(std::string_view id);          ///< by id
  channel* find_named(std::string_view name);  ///< by name
  channel* alive(std::uint64_t serial);        ///< by serial
  bridge* find_bridge(std::string_view id);
  playback* find_playback(std::string_view id);
  recording* find_recording(std::string_view name);
  std::vector<std::string> channel_ids(bridge const& b) const;
  machine_options const& options() const noexcept { return options_; }
  std::mt19937_64& chance() noexcept { return chance_; }
  std::string make_uuid();

  using listener = std::function<void(event const&)>;
  void listen(listener l) { listeners_.push_back(std::move(l)); }
  /// Called when a device is to ring, once for each channel; the actors' part. It must not act at
  /// once, only through `time()`.
  std::function<void(channel const&, std::string const& number)> on_invite;

  // -- what devices do
  struct arrival {
    std::string endpoint;
    party caller;
    std::string exten;
    std::vector<std::pair<std::string, std::string>> variables = {};
    std::string context = {};  ///< empty: the device's own
  };
  /// A device calls. Null if the extension is not there: a SIP device is refused before a channel
  /// exists.
  channel* arrive(arrival const& call);
  void device_rings(std::uint64_t serial);
  void device_answers(std::uint64_t serial);
  /// Declines: cause 17 (busy, 486), 21 (rejected, 603), 3 (404), 34 (503)...
  void device_declines(std::uint64_t serial, int cause, int tech_cause);
  void device_hangs_up(std::uint64_t serial);
  void device_presses(std::uint64_t serial, std::string digits);
  void device_holds(std::uint64_t serial);
  void device_unholds(std::uint64_t serial);
  /// Sends the other side to `exten` (REFER), which the device's context has. Errors: nobody is
  /// there; no such extension.
  result<void> device_transfers(std::uint64_t serial, std::string const& exten);
  /// Puts the other side on hold and asks somebody with a call of its own, which is returned.
  result<channel*> device_consults(std::uint64_t serial, std::string const& exten);
  /// Joins the other sides of its two calls (REFER with Replaces); sends the first one's there if
  /// nobody has answered yet.
  result<void> device_completes(std::uint64_t first, std::uint64_t second);

  // -- what programs do with channels
  result<channel*> originate(originate_request r);
  /// ARI's create: a channel that is not called yet, in Stasis at once.
  result<channel*> create(originate_request r);
  result<void> dial_created(channel& c, std::string const& caller, std::optional<span> timeout);
  /// A channel that create made comes into its application.
  void lead(channel& c, std::string const& app, std::vector<std::string> args);
  void answer(channel& c);
  void hang_up(channel& c, int cause, bool soft_request = true);
  /// Out of whatever it does, to that place in the dialplan.
  /// Not for a channel that still rings for somebody.
  void redirect(channel& c, std::string context, std::string exten, int priority);
  static bool rings_for_somebody(channel const& c);
  /// Ends Stasis for the channel; without a place its dialplan goes on behind Stasis().
  void continue_in_dialplan(channel& c, std::optional<place> to);
  void move(channel& c, std::string const& app, std::vector<std::string> args);
  /// Both leave the talk they share, and neither ends by that; each is then led on.
  void part(channel& a, channel& b);
  result<void> blind_transfer(channel& transferer, std::string const& context,
                              std::string const& exten);
  /// The other sides of these two calls of one device are joined, and it leaves both.
  result<void> attended_transfer(channel& first, channel& second);
  /// The PBX's own attended transfer: it asks `exten` first, and hands its call on by hanging up.
  /// Nothing happens unless it talks to somebody in a bridge of Dial() or Queue().
  void begin_consultation(channel& transferer, std::string const& context,
                          std::string const& exten);
  void cancel_consultation(channel& transferer);
  /// Whether sound flows both ways between those who talk, which is when Local channels that are of
  /// no use go. It does from the beginning.
  void set_sound_flows(bool flows) noexcept { sound_flows_ = flows; }
  /// Who is in a bridge with it; null: nobody.
  channel* peer_of(channel const& c);
  void set_variable(channel& c, std::string const& name, std::string const& value);
  std::optional<std::string> variable(channel& c, std::string const& name);
  std::optional<std::string> global(std::string const& name);
  /// `text` with the variables in it replaced.
  std::string expand(channel& c, std::string_view text);
  void set_callerid(channel& c, party to);
  void set_connected(channel& c, party to);
  void start_music(channel& c, std::string const& music_class);
  void stop_music(channel& c);
  void send_digits(channel& c, std::string digits);
  result<channel*> snoop(channel& c, std::string const& app, std::vector<std::string> args,
                         std::string id);
  void user_event(std::string name, std::vector<std::pair<std::string, std::string>> fields,
                  channel const* about = nullptr);
  std::map<std::string, std::string>& globals() noexcept { return globals_; }

  // -- Stasis applications; without an active one Stasis() fails
  void set_application(std::string const& name, bool active);

  // -- bridges
  result<bridge*> create_bridge(std::string id, std::string const& type, std::string name);
  void add_to_bridge(bridge& b, channel& c);
  void remove_from_bridge(channel& c);
  void destroy_bridge(bridge& b);
  void start_music(bridge& b, std::string const& music_class);
  void stop_music(bridge& b);

  // -- AGI: programs that lead a channel which runs AGI()
  /// Told of each; the front's part. Without it they fail.
  std::function<void(agi_request const&)> on_agi;
  /// The program is there. `on_hangup` is called once when the channel hangs up or is led
  /// elsewhere; the channel stays until `agi_ends`. False: it does not run that AGI() any more.
  bool agi_begins(agi_request const& r, std::function<void()> on_hangup);
  /// The program lets go. status: SUCCESS, FAILURE, ... as the dialplan sees it in AGISTATUS.
  void agi_ends(agi_request const& r, std::string const& status);
  /// Runs an application; `done` when it has ended, with 0 or -1 as AGI has it, but not if the
  /// channel hangs up in it.
  void agi_executes(agi_request const& r, std::string const& app, std::string const& data,
                    std::function<void(int result)> done);
  /// A command begins or has been answered; for those who listen. command: as it came.
  void agi_tells(event_kind kind, channel const& c, std::string const& command,
                 std::uint64_t number, std::string const& answer);
  /// It is played to the channel by something other than ARI; for those who listen.
  void tell_sound(channel const& c, std::string const& media);
  /// Family and key, joined by "/", to value.
  std::map<std::string, std::string>& database() noexcept { return database_; }

  // -- sound
  /// How long "sound:hello-world", "digits:42" or "silence/3" plays.
  span length_of(std::string const& media) const;
  result<playback*> play(std::string id, std::string target, std::vector<std::string> media,
                         std::string language);
  void stop(playback& p);
  void pause(playback& p, bool paused);
  result<recording*> record(recording r, std::optional<span> at_most);
  void stop(recording& r, bool keep);

  // -- parking, conferences
  void add_parking_lot(parking_lot lot);
  std::map<std::string, parking_lot> const& parking_lots() const noexcept { return lots_; }
  std::map<std::uint64_t, parked_call> const& parked() const noexcept { return parked_; }
  /// Parks it; gives the space. parker: who is dialled when nobody takes it. Errors: no such lot,
  /// no free space.
  result<int> park(channel& c, std::string const& lot, std::string parker,
                   std::optional<span> timeout = {});
  /// What AMI says of it, beside the channel.
  std::vector<std::pair<std::string, std::string>> parking_fields(parked_call const& parked) const;
  /// One who talked to a channel that was parked hears the space, and ends.
  void announce_space(channel& stays, int space);
  bridge* find_conference(std::string_view name);
  /// Out of its conference; the dialplan goes on.
  void kick(channel& c);

  // -- queues (app_queue)
  queue& add_queue(queue q);
  std::map<std::string, queue>& queues() noexcept { return queues_; }
  result<void> queue_add_member(std::string const& name, queue_member m);
  result<void> queue_remove_member(std::string const& name, std::string const& interface);
  /// Without a name: in all queues.
  result<void> queue_pause_member(std::string const& name, std::string const& interface,
                                  bool paused, std::string const& reason);

 private:
  struct dialing {
    std::vector<std::uint64_t> legs;  ///< that still ring
    std::uint64_t callee = 0;         ///< the leg that answered, while they talk
    bool goes_on = false;             ///< option g
    std::string status = "CHANUNAVAIL";
    std::string queue;  ///< the queue that dials, or empty
    moment since{};     ///< since when the caller waits in it
    moment answered{};
    moment rung{}, not_before{};
    int round = 0;
    std::vector<std::string> tried;  ///< who was rung for this caller so far
  };
  struct origination {
    originate_request request;
  };
  struct led_channel {
    std::uint64_t visit = 0;
    std::function<void()> on_hangup = {};
    std::function<void(int)> on_executed = {};
    bool hung_up = false;
    std::optional<place> goes_to = {};  ///< where it was redirected to meanwhile
  };
  struct consultation {
    std::string home;  ///< the id of the bridge where the other side waits
    std::uint64_t asked = 0;
  };
  enum class outcome { next, stays, gone };

  void emit(event e);
  void later(channel const& c, span delay, std::function<void(channel&)> what);
  /// Answers it; `then` follows at once, or when Asterisk has waited for its sound.
  void answer_first(channel& c, std::function<void(channel&)> then);
  channel& make_channel(std::string const& endpoint, std::string id, channel const* linked_to);
  void set_state(channel& c, channel_state state);
  void update_device(std::string_view endpoint);
  void end_turn(channel& c) { ++c.turn; }
  void finish(channel& c);
  void drop(channel& c);
  void invite(channel& c, std::string const& number);
  void call_out(channel& c, std::string const& dialled);
  struct target {
    std::string name;  ///< of the endpoint, or "Local/101@agents"
    bool online = true;
    std::string number;               ///< what DialBegin calls the dial string
    std::string dialled = {};         ///< the number asked of the far side
    std::optional<place> local = {};  ///< where the second half's dialplan begins
    bool optimises = false;
  };
  std::optional<target> find_target(std::string_view dial_string);

  void proceed(channel& c);
  void next(channel& c);
  void fall_off(channel& c);
  outcome execute(channel& c, std::string const& app, std::string const& data);

  void ring_leg(channel& caller, target const& to, bool only_one, called_by how);
  void leg_answered(channel& leg);
  void leg_failed(channel& leg);
  void stop_dialing(channel& c);
  void dial_is_over(channel& caller, std::string status);
  void cancel_legs(channel& caller, dialing& d, std::string const& status, int cause);
  void talk_ends(channel& left, bridge& talk);
  outcome start_dial(channel& c, std::vector<std::string> const& arguments);
  bridge& make_bridge(std::string const& bridge_class, std::string id = {});
  void talk_begins(channel& caller, channel& callee);
  bridge& bridge_of(parking_lot& lot);
  int free_space(parking_lot const& lot) const;
  outcome start_parking(channel& c, std::vector<std::string> const& arguments);
  outcome start_unparking(channel& c, std::vector<std::string> const& arguments);
  void comes_back(channel& c);
  void gives_up_parking(channel const& c);
  void take_parked(channel& taker, channel& parkee);
  void tell_parking(std::string kind, channel const& c, parked_call const& parked,
                    channel const* taker = nullptr);
  channel* ringing_leg(channel const& taker, std::function<bool(channel const&)> const& fits);
  outcome start_pickup(channel& c, std::string const& which, bool by_channel);
  void pick_up_any(channel& c);
  void pick_up(channel& taker, channel& leg, bool directed);
  void take_ringing(channel& taker, channel& leg, channel& caller, bool directed);
  outcome start_conference(channel& c, std::string const& name);
  void leaves_conference(channel const& c, bridge& b, bool has_left);
  void tell_conference(std::string kind, bridge const& b, channel const* who);
  std::optional<target> local_target(std::string_view rest);
  channel& make_local(target const& to, std::string id, channel const* linked_to);
  void start_local(channel& one, party const& caller, party const& called);
  void hears_ringing(channel& c);
  void passes_on_connected(channel& c);
  void passes_on_answer(channel& c);
  void half_ends(std::uint64_t serial, int cause);
  void optimise_later(channel const& c);
  void optimise(channel& one);
  void tell_optimisation(std::string kind, channel const& one, channel const& two,
                         channel const* moved);
  outcome start_agi(channel& c, std::vector<std::string> const& arguments);
  led_channel* led(agi_request const& by);
  bool executed_for_agi(channel const& c, int result = 0);
  bool agi_holds(channel const& c, std::optional<place> goes_to = {});
  void begin_at(channel& c, place const& at);
  outcome start_spying(channel& c, std::vector<std::string> const& arguments);
  void spies_are_left(std::string const& id);
  outcome start_queue(channel& c, std::vector<std::string> const& arguments);
  void queue_look(std::string const& name);
  void queues_look(std::string const& endpoint);
  void queue_ring(channel& caller);
  void queue_missed(queue const& q, channel& caller, channel& agent, dialing const& d);
  void queue_answered(channel& caller, channel& agent);
  void queue_round_is_over(channel& caller);
  void queue_talk_ends(std::string const& name, channel& caller, channel& agent,
                       std::string const& by);
  void queue_leave(channel& caller, std::string const& name);
  void queue_tell(std::string kind, queue const& q, channel const* caller, channel const* agent,
                  std::vector<std::pair<std::string, std::string>> fields);
  void origination_ends(channel& c, bool answered, int reason);
  void begin_originated(channel& c);
  void enter_stasis(channel& c, std::string const& app, std::vector<std::string> args);
  void leave_stasis(channel& c);
  void enter(bridge& b, channel& c, channel const* instead_of = nullptr);
  void leave(channel& c);
  void tell_keys(channel& c, std::string const& keys);
  bool is_consulting(channel const& c) const;
  void take_back(channel& transferer, channel& waits);
  void consultation_failed(channel& transferer, consultation const& of);
  bool leaves_consultation(channel& left);
  void unhold_for_transfer(channel& transferer);
  void leave_by_transfer(channel& transferer);
  void merge_linkedids(bridge& b);
  void share_connected_lines(bridge& b);
  void play_next(std::string const& id, std::uint64_t turn);
  void finish_playback(playback& p, std::string const& state);
  void sound_ends(std::string const& target);
  void press(channel& c, std::string digits, bool by_device, span gap);

  machine_options options_;
  agenda time_;
  std::mt19937_64 chance_;
  dialplan plan_;
  std::vector<listener> listeners_;
  std::uint64_t serial_ = 0;
  std::uint64_t next_number_ = 0;                      ///< of unique ids
  std::map<std::string, std::uint32_t> next_in_tech_;  ///< of channel names
  std::map<std::string, endpoint, std::less<>> endpoints_;
  std::map<std::uint64_t, std::unique_ptr<channel>> channels_;
  std::unordered_map<std::string, std::uint64_t> by_id_;
  std::map<std::uint64_t, std::unique_ptr<bridge>> bridges_;
  std::unordered_map<std::string, std::uint64_t> bridges_by_id_;
  std::map<std::string, playback> playbacks_;
  std::map<std::string, recording> recordings_;
  std::map<std::string, stored_recording> stored_;
  std::map<std::string, std::string> globals_;
  std::map<std::string, queue> queues_;
  std::set<std::string> applications_;
  std::map<std::uint64_t, dialing> dials_;             ///< by the caller's serial
  std::map<std::uint64_t, origination> originations_;  ///< by the channel's serial
  std::map<std::uint64_t, led_channel> led_;           ///< by the channel's serial
  std::map<std::string, std::string> database_;
  std::map<std::uint64_t, consultation> consultations_;  ///< by the transferer's serial
  bool sound_flows_ = true;
  std::map<std::string, parking_lot> lots_;
  std::map<std::uint64_t, parked_call> parked_;  ///< by the channel's serial
};

/// What a hang-up cause is called: "Normal Clearing".
std::string cause_text(int cause);

}  // namespace calluna::sim

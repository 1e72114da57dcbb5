#pragma once
#include <calluna/sim/agenda.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace calluna::sim {

/// A number and the name that goes with it; either may be empty.
struct party {
  std::string number, name;
  bool operator==(party const&) const = default;
};

/// The numbers are Asterisk's.
enum class channel_state : std::uint8_t { down = 0, ring = 4, ringing = 5, up = 6 };

/// A place in the dialplan, and the application that runs there.
struct place {
  std::string context, exten;
  int priority = 1;
  std::string app, data;
};

/// Who waits for a channel that is being called.
enum class called_by : std::uint8_t {
  nobody,     ///< it called us, or it was taken over long ago
  dial,       ///< Dial() of another channel
  queue,      ///< Queue() of another channel
  originate,  ///< AMI or ARI
  create,     ///< ARI's create: it waits for ARI's dial
};

/// One leg of a call, as Asterisk has it. Belongs to the machine.
struct channel {
  std::uint64_t serial = 0;  ///< in the order of making; never used twice
  std::string id, name, linkedid;
  /// The serial of the channel whose id `linkedid` is: the older one wins when calls meet.
  std::uint64_t linked_serial = 0;
  std::string endpoint;  ///< "PJSIP/101"
  channel_state state = channel_state::down;
  party caller, connected;
  std::string language = "en", accountcode;
  sim::place place;
  moment created{};
  std::map<std::string, std::string> variables;

  std::string bridge;                 ///< the id of the bridge it is in, or empty
  std::optional<std::string> stasis;  ///< the Stasis application that leads it
  std::string music;                  ///< the music class it hears, or empty
  bool held = false;                  ///< its own device has put the other side on hold
  bool has_dialplan = false;          ///< a dialplan runs, or waits for Stasis to end
  int cause = 0;
  int tech_cause = 0;

  // What follows is the machine's bookkeeping.
  called_by called = called_by::nobody;
  std::uint64_t called_for = 0;   ///< the serial of the channel that dials it
  std::uint64_t turn = 0;         ///< goes up when what it does ends: later words of it are void
  bool ending = false;            ///< a hang-up is on its way
  bool invited = false;           ///< its device has been called
  bool connected_untold = false;  ///< its connected line is told once it rings
  bool ends_without_cause = false;
  bool one_application = false;  ///< it ends with the application it runs
  std::uint64_t half = 0;        ///< the other half of a Local channel, by serial
  bool is_second_half = false;   ///< the one that runs the dialplan
  bool optimises = false;        ///< both go once they are of no use
  std::string playback;          ///< that plays to it now, or empty
  std::string snooped;           ///< the channel it listens to
  /// The channel that ChanSpy() of its has found, and in which turn.
  std::string spied;
  std::uint64_t spied_in = 0;
};

std::string to_string(channel_state state);

}  // namespace calluna::sim

#pragma once
#include <calluna/sim/machine.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::sim {

class agi_front;

/// The PBX's end of one AGI(agi://...), without the connection: it tells who calls, and carries out
/// one command after the other. Belongs to its `agi_front`, on the machine's thread.
class agi_talk {
 public:
  using sink = std::function<void(std::string bytes)>;

  agi_talk(agi_front& front, agi_request request, sink to);
  /// Forgets it; before its time only together with the machine.
  ~agi_talk();
  agi_talk(agi_talk const&) = delete;
  agi_talk& operator=(agi_talk const&) = delete;

  /// Tells who calls. Call once.
  void begin();
  /// What the server sent: commands, each a line.
  void take(std::string_view bytes);
  /// The connection has ended: the dialplan goes on.
  void close();
  bool over() const noexcept { return closed_; }

 private:
  friend class agi_front;
  using words = std::vector<std::string>;
  struct command;
  static std::vector<command> const& commands();

  channel* on() const;
  void next();
  void obey(std::string const& line);
  void reply(std::string const& text);
  void result(std::string const& value) { reply("200 result=" + value); }
  void after(span delay, std::function<void()> what);
  void key(char pressed);
  void hung_up();
  void leave();

  void answer(words const& w);
  void channel_status(words const& w);
  void database_del(words const& w);
  void database_get(words const& w);
  void database_put(words const& w);
  void exec(words const& w);
  void get_data(words const& w);
  void get_full_variable(words const& w);
  void get_variable(words const& w);
  void hangup(words const& w);
  void noop(words const& w);
  void say(words const& w);
  void say_digits(words const& w);
  void say_number(words const& w);
  void set_callerid(words const& w);
  void set_context(words const& w);
  void set_extension(words const& w);
  void set_music(words const& w);
  void set_priority(words const& w);
  void set_variable(words const& w);
  void stream_file(words const& w);
  void verbose(words const& w);
  void wait_for_digit(words const& w);

  void play(std::string const& media, std::string const& escape_digits, bool tells_end);

  agi_front& front_;
  agi_request request_;
  sink to_;
  std::string unread_;
  bool closed_ = false, dead_ = false, hangup_told_ = false;
  // The command under way, if it takes time.
  bool busy_ = false;
  std::string asked_;  // as it came
  std::uint64_t number_ = 0;
  std::function<void(char)> on_key_;
};

/// AGI in front of a machine, without any socket. Lives on the machine's thread, and as long as it
/// runs.
class agi_front {
 public:
  explicit agi_front(machine& on);
  agi_front(agi_front const&) = delete;
  agi_front& operator=(agi_front const&) = delete;

  /// A dialplan wants to talk to the server at `url`. Who connects makes an `agi_talk`, but not
  /// before this returns; who cannot says `refuse`. Without it all are refused.
  std::function<void(agi_request)> on_request;
  /// There is no such server: the dialplan goes on, with AGISTATUS=FAILURE.
  void refuse(agi_request const& r);

  /// How often a command was asked for that is not here.
  std::map<std::string, std::uint64_t> const& unsupported() const noexcept { return unsupported_; }

 private:
  friend class agi_talk;
  void hear(event const& e);
  /// That one, if it still goes on.
  agi_talk* talk_of(agi_request const& r);

  machine& machine_;
  std::map<std::uint64_t, agi_talk*> talks_;  ///< by the channel's serial
  std::map<std::string, std::uint64_t> unsupported_;
};

}  // namespace calluna::sim

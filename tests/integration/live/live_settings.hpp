#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace calluna::integration {

/// What a case says of its phones, queues and dialplan, as Asterisk's configuration.
class live_settings {
 public:
  struct phone {
    std::string number, name, context = "from-phones";
    bool online = true;
  };
  struct queue {
    std::string strategy;
    double timeout = 15, retry = 5;
    std::vector<std::string> members;
  };
  /// Where phones dial what only the test knows of.
  static constexpr char const* busy_extension = "calluna-busy";
  static constexpr char const* pickup_extension = "calluna-pickup-";

  std::map<std::string, phone> phones;  ///< by number
  std::map<std::string, queue> queues;

  /// As in extensions.conf; the host of agi:// addresses becomes this machine's `agi_port`.
  void add_dialplan(std::string const& text, std::uint16_t agi_port);
  bool has_extension(std::string const& context, std::string const& extension) const;

  std::string extensions_conf() const;
  /// Phones and trunk are at `agent_port`.
  std::string pjsip_conf(std::uint16_t pbx_port, std::uint16_t agent_port) const;
  std::string queues_conf() const;

 private:
  std::map<std::string, std::string> contexts_;
};

}  // namespace calluna::integration

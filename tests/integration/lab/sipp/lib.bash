# Shared by ../phone and ../caller: makes a SIPp scenario out of a template here and becomes SIPp.
# A template is SIPp's XML with three additions:
#   <!-- part NAME KEY=value ... -->     the text of parts/NAME.xml, with these keys filled in
#   <!-- each-digit NAME -->             parts/NAME.xml once for each of $DIGITS
#   @KEY@                                the value of the shell variable KEY
# @SEQ@ is a number of its own for each part; CSeq and SDP versions need one that grows.
# SIPp itself takes times and digits only as literal text, hence the templates.
#
# shellcheck shell=bash disable=SC2034,SC2153,SC2154 # upper-case names are keys of the templates

readonly sipp_folder=${BASH_SOURCE[0]%/*}
seq=0

fail() {
  printf '%s: ERROR: %s\n' "$me" "$*" >&2
  exit 2
}

# whole NAME VALUE [MIN [MAX]]
whole() {
  local from=${3:-0} to=${4:-86400000}
  if ! [[ $2 =~ ^(0|[1-9][0-9]{0,8})$ ]] || (($2 < from || $2 > to)); then
    fail "$1 $2: a whole number from $from to $to is wanted"
  fi
}

read_env() {
  [[ -n $1 ]] || fail "--lab DIR is missing: the folder given to \`asterisk start --run\`"
  lab=$(readlink -m "$1")
  [[ -r $lab/env ]] || fail "$lab/env is not there or not readable: start an Asterisk in $lab first"
  # shellcheck disable=SC1091
  . "$lab/env"
  mkdir -p "$lab/sipp"
  command -v sipp >/dev/null || fail "sipp is missing: apt-get install sip-tester"
}

fill() {
  local text=$1 key
  while [[ $text =~ @([A-Z_]+)@ ]]; do
    key=${BASH_REMATCH[1]}
    [[ -v $key ]] || fail "the template needs @$key@, which has no value"
    text=${text//"@$key@"/${!key}}
  done
  printf '%s\n' "$text"
}

# Prints a file with its parts put in. Keys given to a part hold for the parts inside it as well.
expand() {
  local line pair file=$1
  while IFS= read -r line; do
    if [[ $line =~ ^\ *\<\!--\ part\ ([a-z-]+)(\ [^>]*)?--\>$ ]]; then
      expand_part "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
    elif [[ $line =~ ^\ *\<\!--\ each-digit\ ([a-z0-9@A-Z-]+)\ --\>$ ]]; then
      expand_digits "$(fill "${BASH_REMATCH[1]}")"
    else
      fill "$line"
    fi
  done <"$file"
}

expand_part() {
  local name=$1 pair
  local -I DIRECTION NAME MS WORD METHOD SEQ CSEQ
  for pair in $2; do
    printf -v "${pair%%=*}" '%s' "$(fill "${pair#*=}")"
  done
  [[ -r $sipp_folder/parts/$name.xml ]] || fail "no such part: $name"
  case $name in
    request) # ACK carries the number of its INVITE and a branch of its own
      if [[ $METHOD != ACK ]]; then CSEQ=$((++seq)); else CSEQ=$seq; fi
      SEQ=$CSEQ-$METHOD
      ;;
    sdp) SEQ=$((++sdp_version)) ;;
    *) SEQ=$((++part)) ;;
  esac
  expand "$sipp_folder/parts/$name.xml"
}

expand_digits() {
  local i DIGIT DIGIT_FILE
  for ((i = 0; i < ${#DIGITS}; i++)); do
    DIGIT=${DIGITS:i:1}
    DIGIT_FILE=$lab/sipp/$port-digit-$i.pcap
    digit_packets "$DIGIT" "$i" >"$DIGIT_FILE"
    expand_part "$1" ''
  done
}

# big BYTES NUMBER, little BYTES NUMBER: as escapes for printf.
big() {
  local n
  for ((n = $1 - 1; n >= 0; n--)); do printf '\\x%02x' $((($2 >> (8 * n)) & 255)); done
}
little() {
  local n
  for ((n = 0; n < $1; n++)); do printf '\\x%02x' $((($2 >> (8 * n)) & 255)); done
}

# A pcap file with one digit as of RFC 2833: 5 packets while the key is down, 3 that end it. The files
# that come with SIPp have fixed time stamps, and Asterisk drops a digit older than the one before.
digit_packets() {
  local key=$1 nth=$2 n code out time end
  case $key in
    '*') code=10 ;;
    '#') code=11 ;;
    *) code=$key ;;
  esac
  # pcap 2.4, Ethernet
  out=$(little 4 $((0xa1b2c3d4)))$(little 2 2)$(little 2 4)$(little 8 0)$(little 4 65535)$(little 4 1)
  for ((n = 1; n <= 8; n++)); do
    time=$((n * 20000)) end=$((n > 5 ? 0x80 : 0))
    out+=$(little 4 0)$(little 4 "$time")$(little 4 58)$(little 4 58)
    out+=$(big 12 0)$(big 2 $((0x0800)))
    out+=$(big 2 $((0x4500)))$(big 2 44)$(big 4 0)$(big 2 $((0x4011)))$(big 2 0)$(big 4 $((0x7f000001)))$(big 4 $((0x7f000001)))
    out+=$(big 2 9)$(big 2 9)$(big 2 24)$(big 2 0)
    # RTP: payload type 101, marker on the first; then the event, its volume and duration
    out+=$(big 1 128)$(big 1 $((n == 1 ? 229 : 101)))$(big 2 $((1000 + nth * 100 + n)))
    out+=$(big 4 $((80000 + nth * 8000)))$(big 4 4711)
    out+=$(big 1 "$code")$(big 1 $((end + 10)))$(big 2 $((160 * (n > 5 ? 6 : n))))
  done
  # shellcheck disable=SC2059
  printf "$out"
}

# An echo starts nothing by itself and sends back digits as well; a stream of silence does neither.
choose_audio() {
  local silence=$lab/sipp/silence.ulaw
  MEDIA_PORT=media_port AUDIO='' audio_options=()
  case $audio in
    echo) audio_options=(-rtp_echo) ;;
    yes)
      [[ $DTMF != rfc2833 || -z $DIGITS ]] ||
        fail "with --audio yes digits go by info: Asterisk hears each digit of two mixed streams thrice"
      [[ -s $silence ]] || head -c 80000 /dev/zero | tr '\0' '\377' >"$silence"
      MEDIA_PORT=rtpstream_audio_port
      AUDIO="<exec rtp_stream=\"$silence,-1,0,PCMU/8000\"/>"
      ;;
  esac
}

# become_sipp TEMPLATE LOG PORT MEDIA_PORT SIPP_OPTION...
become_sipp() {
  local template=$1 log=$2 port=$3 media=$4 name
  shift 4
  name=$lab/sipp/$port
  choose_audio
  part=0 sdp_version=0
  expand "$sipp_folder/$template" >"$name.xml"
  : >>"$log"
  ulimit -n 16384 2>/dev/null || true
  exec sipp "127.0.0.1:$LAB_SIP_PORT" -sf "$name.xml" -i 127.0.0.1 -p "$port" -mi 127.0.0.1 -mp "$media" \
    -aa -nostdin -timeout "$LIFE" -trace_logs -log_file "$log" -log_overwrite false \
    -trace_err -error_file "$name.err" "${audio_options[@]}" "$@" >"$name.screen" 2>&1 </dev/null
}

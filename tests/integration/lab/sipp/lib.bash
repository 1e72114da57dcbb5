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
readonly pcap_folder=/usr/share/sip-tester
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
    case $DIGIT in
      '*') DIGIT_FILE=star ;;
      '#') DIGIT_FILE=pound ;;
      *) DIGIT_FILE=$DIGIT ;;
    esac
    expand_part "$1" ''
  done
}

# SIPp's own echo starts nothing by itself; a stream of silence does, and recordings need one.
choose_audio() {
  MEDIA_PORT=media_port AUDIO=''
  [[ ${audio:-no} == yes ]] || return 0
  local silence=$lab/sipp/silence.ulaw
  [[ -s $silence ]] || head -c 80000 /dev/zero | tr '\0' '\377' >"$silence"
  MEDIA_PORT=rtpstream_audio_port
  AUDIO="<exec rtp_stream=\"$silence,-1,0,PCMU/8000\"/>"
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
    -rtp_echo -aa -nostdin -timeout "$LIFE" -trace_logs -log_file "$log" -log_overwrite false \
    -trace_err -error_file "$name.err" "$@" >"$name.screen" 2>&1 </dev/null
}

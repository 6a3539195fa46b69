# bash completion of twx, printed by: twx completion bash

# What can follow the path $1, such as serve/echo: `next` are words that go on, `takes` options with
# the kind of their value, `arguments` the kinds of what stands for itself, the last with a star if
# there may be more.
_twx_table() {
  next=() takes=() arguments=()
  case $1 in
    '')
      next+=(serve connect fetch irc-log completion help man) ;;&
    serve | help/serve | man/serve)
      next+=(echo discard chargen daytime time qotd finger answer chat spread log) ;;&
    help)
      next+=(serve connect fetch irc-log completion endpoints) ;;&
    man)
      next+=(serve connect fetch irc-log completion endpoints) ;;&
    serve/echo | serve/discard | serve/chargen | serve/daytime | serve/time)
      arguments+=('endpoint*') ;;&
    serve/qotd | serve/finger | serve/answer | serve/chat | serve/spread)
      arguments+=('endpoint*') ;;&
    serve/log)
      arguments+=('endpoint' 'file') ;;&
    connect)
      arguments+=('endpoint' 'port') ;;&
    fetch)
      arguments+=('url*') ;;&
    irc-log)
      arguments+=('text' 'file') ;;&
    completion)
      arguments+=('=bash,zsh,fish') ;;&
    serve/echo | serve/discard | serve/chargen | serve/daytime | serve/time | \
      serve/qotd | serve/finger | serve/answer | serve/chat | serve/spread | serve/log)
      takes+=(--max-connections=text --idle-timeout=time --drain=time --cert=file --pin=text
        --client-ca=file) ;;&
    serve/echo | serve/discard | serve/chargen | serve/daytime | serve/time | \
      serve/qotd | serve/finger | serve/answer | serve/log)
      takes+=(--threads=text) ;;&
    serve/echo | serve/discard | serve/chargen | serve/daytime | serve/time | \
      serve/qotd | serve/finger | serve/answer | serve/chat | serve/spread | serve/log \
      | connect | irc-log)
      takes+=(-4 -6 --key=file --tls-key-log=file) ;;&
    serve/echo | serve/discard | serve/chargen | serve/daytime | serve/time | \
      serve/qotd | serve/finger | serve/answer | serve/chat | serve/spread | serve/log \
      | connect)
      takes+=(--tls) ;;&
    serve/echo | serve/discard | serve/chargen | serve/daytime | serve/time | \
      serve/qotd | serve/finger | serve/answer | serve/chat | serve/spread | serve/log \
      | connect | fetch | irc-log)
      takes+=(--alpn=text) ;;&
    serve/echo)
      takes+=(--welcome) ;;&
    serve/echo | serve/discard | serve/chargen | serve/daytime | serve/time | \
      serve/qotd | serve/finger | serve/answer | serve/chat | serve/spread | serve/log \
      | connect | fetch | irc-log | completion)
      takes+=(-v --verbose) ;;&
    serve/echo | serve/discard | serve/chargen | serve/daytime | serve/time | \
      serve/qotd | serve/finger | serve/answer | serve/chat | serve/spread | serve/log \
      | irc-log | completion)
      takes+=(-q --quiet) ;;&
    serve/echo | serve/discard | serve/chargen | serve/daytime | serve/time | \
      serve/qotd | serve/finger | serve/answer | serve/chat | serve/spread | serve/log \
      | connect | irc-log | completion)
      takes+=('--log-format==text,json' '--color==auto,always,never' -h --help) ;;&
    serve/qotd)
      takes+=(--quote=text --fortune=file) ;;&
    serve/finger)
      takes+=(--user=text --users=file --reload=time) ;;&
    serve/finger | serve/answer | serve/chat | serve/log)
      takes+=('--line==crlf,lf,any') ;;&
    serve/chat | serve/spread)
      takes+=(--backlog=size) ;;&
    serve/log)
      takes+=(--raw) ;;&
    connect)
      takes+=(--half-open --send-only --recv-only --no-stdin -q=time --connect-timeout=time
        --idle-timeout=time --max-time=time --reconnect --reconnect-min=time
        --reconnect-max=time --max-retries=text -s=address -p=text --datagram-size=text
        --quiet) ;;&
    connect | irc-log)
      takes+=(--cacert=file --servername=host --cert=file --insecure) ;;&
    connect | fetch | irc-log)
      takes+=(--pin=text) ;;&
    fetch)
      takes+=(--url=url --input-file=file -X=text --request=text -H=data --header=data -d=data
        --data=data --data-ascii=data --data-raw=text --data-binary=data
        --data-urlencode=data --json=data -G --get=no --url-query=data -F=data
        --form=data --form-string=text -T=file --upload-file=file
        --expect100-timeout=time -I --head=no -A=text --user-agent=text -e=url
        --referer=url -r=text --range=text -z=file --time-cond=file -0 --http1.0=no
        --http1.1 --path-as-is=no --request-target=text --tr-encoding=no -u=text
        --user=text --basic --digest=no --anyauth=no --oauth2-bearer=text -n --netrc=no
        --netrc-optional=no --netrc-file=file -o=file --output=file -O --remote-name
        --remote-name-all=no -J --remote-header-name=no --output-dir=folder
        --create-dirs=no --no-clobber=no --skip-existing=no --remove-on-error=no -R
        --remote-time=no -C=text --continue-at=text --etag-save=file --etag-compare=file
        --checksum=text -i --include=no -D=file --dump-header=file -w=data
        --write-out=data --compressed=no --raw=no --ignore-content-length=no
        --http0.9=no --max-filesize=size -f --fail=no --fail-with-body=no -b=file
        --cookie=file -c=file --cookie-jar=file -j --junk-session-cookies=no -L
        --location=no --max-redirs=text --post301=no --post302=no --post303=no
        --location-trusted=no --proto=text --proto-redir=text -4 --ipv4=no -6 --ipv6=no
        --unix-socket=file --abstract-unix-socket=text --resolve=host_port
        --connect-to=host_port --interface=interface --no-keepalive=no -x=url
        --proxy=url --socks5-hostname=host_port --socks5=host_port --socks4a=host_port
        --socks4=host_port -U=text --proxy-user=text --proxy-basic --proxy-digest=no
        --proxy-anyauth=no --proxy-header=data -p --proxytunnel=no --noproxy=text -k
        --insecure=no --cacert=file --servername=host -E=file --cert=file --key=file
        --tls-key-log=file --proxy-insecure=no --proxy-cacert=file --proxy-cert=file
        --proxy-key=file --connect-timeout=time -m=time --max-time=time
        --limit-rate=size -Y=text --speed-limit=text -y=time --speed-time=time
        --retry=text --retry-delay=time --retry-max-time=time --retry-connrefused=no
        --retry-all-errors=no -Z --parallel=no --parallel-max=text
        --parallel-immediate=no --fail-early=no --dry-run=no '--report==json' -s
        --silent=no -S --show-error=no --no-progress-meter=no --trace-ascii=file
        --trace=file --trace-time=no --show-secrets=no -: --next -g --globoff -N
        --no-buffer -# --progress-bar -q --quiet=no '--log-format==text,json'
        '--color==auto,always,never' -h --help=no) ;;&
    irc-log)
      takes+=(--channel-key=text --rejoin-delay=time --server=host --port=text
        --connect-timeout=time --tls --no-tls --nick=text --realname=text
        '--sasl==plain,external,scram-sha-256' --sasl-user=text
        --sasl-password-file=file --nickserv-password-file=file --no-replies
        --ignore=text --reconnect-min=time --reconnect-max=time --lag-timeout=time
        '--format==text,jsonl,irssi,weechat' '--time==local,utc,server'
        '--encoding==auto,utf-8,latin1' '--fsync==line,interval,none') ;;&
  esac
}

# The kind of value that the option $1 wants in the next word: --cert, or the q of -vq.
_twx_wanted() {
  local each i letter
  wanted=
  if [[ $1 == --* ]]; then
    for each in "${takes[@]}"; do
      [[ $each != "$1="* || $each == *=no ]] || wanted=${each#*=}
    done
    return
  fi
  for ((i = 1; i < ${#1}; i++)); do
    letter=-${1:i:1}
    for each in "${takes[@]}"; do
      [[ $each == "$letter="* && $each != *=no ]] || continue
      ((i + 1 < ${#1})) || wanted=${each#*=}
      return
    done
  done
}

# Offers those words behind $1 that go on with the rest of what was typed.
_twx_words() {
  local head=$1 each
  shift
  for each; do
    [[ $head$each != "$typed"* ]] || COMPREPLY+=("$head$each")
  done
}

# Offers files, or with -d folders, where the text $2 ends.
_twx_files() {
  local head=$2 each
  compopt -o filenames
  while IFS= read -r each; do
    COMPREPLY+=("$head$each")
  done < <(compgen "$1" -- "${typed#"$head"}")
}

_twx_hosts() {
  local names name
  hosts=()
  while read -r names _; do
    [[ $names != [#@\|]* ]] || continue
    while IFS= read -r -d , name; do
      [[ $name != \[*\]:* ]] || name=${name%]:*} name=${name#[}
      [[ -z $name || $name == *[\*\?\!]* ]] || hosts+=("$name")
    done <<<"$names,"
  done 2>/dev/null <"$HOME/.ssh/known_hosts"
  while read -r _ names; do
    read -ra names <<<"${names%%#*}"
    hosts+=("${names[@]}")
  done 2>/dev/null </etc/hosts
}

_twx_ports() {
  local name
  ports=()
  while read -r name _; do
    [[ -z $name || $name == \#* ]] || ports+=("$name")
  done 2>/dev/null </etc/services
}

_twx_interfaces() {
  local each
  interfaces=()
  for each in /sys/class/net/*/; do
    each=${each%/}
    interfaces+=("${each##*/}")
  done
}

# A host, or behind its colon a port.
_twx_host_port() {
  local hosts ports
  if [[ ${typed#"$1"} == *:* ]]; then
    _twx_ports
    _twx_words "${typed%:*}:" "${ports[@]}"
  else
    _twx_hosts
    _twx_words "$1" "${hosts[@]}"
  fi
}

# A number with a unit.
_twx_units() {
  [[ ! $typed =~ ^[0-9.]+ ]] || _twx_words "${BASH_REMATCH[0]}" "$@"
}

# Fills COMPREPLY with what a value of the kind $1 can be, where `typed` is its beginning.
_twx_value() {
  local hosts ports interfaces scheme=
  case $1 in
    =*)
      local choices
      IFS=, read -ra choices <<<"${1#=}"
      _twx_words '' "${choices[@]}"
      ;;
    file) _twx_files -f '' ;;
    folder) _twx_files -d '' ;;
    data) [[ $typed != *@* ]] || _twx_files -f "${typed%%@*}@" ;;
    host) _twx_hosts && _twx_words '' "${hosts[@]}" ;;
    host_port) _twx_host_port '' ;;
    port) _twx_ports && _twx_words '' "${ports[@]}" ;;
    interface) _twx_interfaces && _twx_words '' "${interfaces[@]}" ;;
    address)
      read -ra hosts < <(hostname -I 2>/dev/null)
      _twx_words '' 127.0.0.1 ::1 "${hosts[@]}"
      ;;
    time) _twx_units ms s m h ;;
    size) _twx_units k M G ;;
    endpoint | url)
      [[ $typed != *://* ]] || scheme=${typed%%://*}://
      case $typed in
        unix*://*) _twx_files -f "$scheme" ;;
        /* | ./*) _twx_files -f '' ;;
        *) _twx_host_port "$scheme" ;;
      esac
      [[ $scheme || $typed == *:* ]] || _twx_schemes "$1"
      ;;
  esac
}

_twx_schemes() {
  case $1 in
    url) _twx_words '' http:// https:// ;;
    *) _twx_words '' tcp:// tls:// unix:// udp:// unix-dgram:// ;;
  esac
  [[ ${COMPREPLY[*]} != *:// ]] || compopt -o nospace
}

_twx_options() {
  local each
  for each in "${takes[@]}"; do
    _twx_words '' "${each%%=*}"
    # A flag can be taken back, but few want to.
    [[ $typed == --no-* && $each == --*=no ]] || continue
    each=${each%=no}
    [[ $each == --no-* ]] || _twx_words '' "--no-${each#--}"
  done
}

# The words up to the cursor as twx will see them, in `all`: bash divides them at = and : too.
_twx_split() {
  local word spaces rest=${COMP_LINE:0:COMP_POINT}
  all=()
  for word in "${COMP_WORDS[@]:0:COMP_CWORD + 1}"; do
    spaces=${rest%%[![:space:]]*}
    rest=${rest#"$spaces"}
    [[ $rest == "$word"* ]] || word=$rest
    rest=${rest#"$word"}
    if [[ $spaces || ${#all[@]} == 0 ]]; then
      all+=("$word")
    else
      all[${#all[@]} - 1]+=$word
    fi
  done
}

_twx() {
  local all typed next takes arguments path='' wanted='' word ended='' breaks
  local -i i=1 count=0 last
  COMPREPLY=()
  _twx_split
  last=$((${#all[@]} - 1))
  typed=${all[last]}
  typed=${typed//\\/}
  typed=${typed#[\"\']}
  _twx_table ''
  while ((i < last && ${#next[@]})); do
    path+=${path:+/}${all[i++]}
    _twx_table "$path"
  done
  if ((${#next[@]})); then
    [[ $typed != -* ]] || next=(--help)
    [[ $typed != -* || $path ]] || next+=(--version)
    _twx_words '' "${next[@]}"
  else
    for word in "${all[@]:i:last - i}"; do
      if [[ $wanted ]]; then
        wanted=
      elif [[ $ended || $word != -?* ]]; then
        count+=1
      elif [[ $word == -- ]]; then
        ended=1
      else
        _twx_wanted "$word"
      fi
    done
    if [[ $wanted ]]; then
      _twx_value "$wanted"
    elif [[ ! $ended && $typed == --*=* ]]; then
      _twx_wanted "${typed%%=*}"
      breaks=${typed%%=*}=
      typed=${typed#*=}
      _twx_value "$wanted"
      COMPREPLY=("${COMPREPLY[@]/#/$breaks}")
      typed=$breaks$typed
    elif [[ ! $ended && $typed == -* ]]; then
      _twx_options
    elif ((count < ${#arguments[@]})); then
      _twx_value "${arguments[count]%'*'}"
    elif ((${#arguments[@]})) && [[ ${arguments[${#arguments[@]} - 1]} == *'*' ]]; then
      word=${arguments[${#arguments[@]} - 1]}
      _twx_value "${word%'*'}"
    fi
  fi
  # readline replaces only what stands behind the last of these, and an @ with it.
  breaks=${COMP_WORDBREAKS//[^=:@]/}
  [[ -n $breaks ]] || return
  typed=${typed%"${typed##*["$breaks"]}"}
  COMPREPLY=("${COMPREPLY[@]#"${typed%@}"}")
}

complete -F _twx twx

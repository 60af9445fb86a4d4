/*
 * The configuration: a tree of named values, from --config's file and --set.
 *
 * When:    complete before plugins load, so also in Init. A name such as "outputs.0.fast" starts
 *          at the root and goes down one level at each dot.
 * Owner:   the tree. Strings and nodes that a getter returns are valid until they are set, pruned
 *          or removed.
 * Threads: no lock: written on main before threads exist, read by any.
 * Source:  conf.h, conf.c. Unless stated otherwise, 1 means found or done; 0 means not, and then
 *          the output argument is unchanged.
 */
#include "surisim_c.h"
#ifdef SURISIM_SURICATA_HEADERS
#if __has_include_next(<conf.h>)
#include_next <conf.h>
#else
#include <conf.h>
#endif
#endif

#ifndef SURICATA_CONF_H
#define SURICATA_CONF_H

#include "queue.h"
#include "suricata-common.h"

SURISIM_C_BEGIN

/* Items of a sequence are children named "0", "1", …; they have no parent. The value of
 * an item that is a mapping is the mapping's first key. */
typedef struct SCConfNode_ {
    char *name;
    char *val; /* NULL: no value, or null */

    int is_seq;
    int final; /* set by --set or SCConfSetFinal: overrides the file */

    struct SCConfNode_ *parent;
    TAILQ_HEAD(, SCConfNode_) head; /* children, in order */
    TAILQ_ENTRY(SCConfNode_) next;  /* siblings */
} SCConfNode;

#define DEFAULT_LOG_DIR "/var/log/suricata"

/* The tree itself. A backup puts the tree aside: the root is NULL until Init or Restore. */
void SCConfInit(void);
void SCConfDeInit(void);
SCConfNode *SCConfGetRootNode(void);
void SCConfCreateContextBackup(void);
void SCConfRestoreContextBackup(void);

/* By name. `*vptr` is NULL for a node without a value, which NonNull treats as not found. */
int SCConfGet(const char *name, const char **vptr);
int SCConfGetNonNull(const char *name, const char **vptr);
/* Decimal, 0x or leading-0 octal, the whole value; anything else is logged as an error. */
int SCConfGetInt(const char *name, intmax_t *val);
/* `*val` is also 0 if not found. 1, yes, true and on are true, in any case; all else is false. */
int SCConfGetBool(const char *name, int *val);
int SCConfGetDouble(const char *name, double *val);
int SCConfGetFloat(const char *name, float *val);
/* Seconds: "90", "1h 30m", "2days". */
int SCConfGetTime(const char *name, uint64_t *val);
/* NULL if there is no such node, or the name has 1024 bytes or more. */
SCConfNode *SCConfGetNode(const char *key);

/* Create missing nodes. Set does not change a final node and returns 0. */
int SCConfSet(const char *name, const char *val);
int SCConfSetFinal(const char *name, const char *val);
/* "name=value"; blanks around the = are ignored. */
int SCConfSetFromString(const char *input, int final);
SCConfNode *SCConfNodeGetNodeOrCreate(SCConfNode *parent, const char *name, int final);

/* Prints one line for each node to stdout. */
void SCConfDump(void);
void SCConfNodeDump(const SCConfNode *node, const char *prefix);

/* Nodes. Remove unlinks and frees; prune frees a node's value and the nodes below it that are not
 * final. */
SCConfNode *SCConfNodeNew(void);
void SCConfNodeFree(SCConfNode *);
void SCConfNodeRemove(SCConfNode *);
int SCConfRemove(const char *name);
void SCConfNodePrune(SCConfNode *node);

/* Children of a node, by a name without dots. A NULL node has no children. */
SCConfNode *SCConfNodeLookupChild(const SCConfNode *node, const char *key);
const char *SCConfNodeLookupChildValue(const SCConfNode *node, const char *key);
SCConfNode *SCConfNodeLookupKeyValue(const SCConfNode *base, const char *key, const char *value);
int SCConfNodeChildValueIsTrue(const SCConfNode *node, const char *key);
int SCConfNodeChildValueIsFalse(const SCConfNode *node, const char *key);
bool SCConfNodeHasChildren(const SCConfNode *node);
int SCConfNodeIsSequence(const SCConfNode *node);
SCConfNode *SCConfGetFirstNode(const SCConfNode *parent);
SCConfNode *SCConfGetNextNode(const SCConfNode *node);
const char *SCConfGetValueNode(const SCConfNode *node);

/* The value of a child; a child without a value is not found. */
int SCConfGetChildValue(const SCConfNode *base, const char *name, const char **vptr);
int SCConfGetChildValueInt(const SCConfNode *base, const char *name, intmax_t *val);
int SCConfGetChildValueBool(const SCConfNode *base, const char *name, int *val);
/* The same, then in `dflt`, which may be NULL. */
SCConfNode *SCConfGetChildWithDefault(const SCConfNode *base, const SCConfNode *dflt,
                                      const char *name);
int SCConfGetChildValueWithDefault(const SCConfNode *base, const SCConfNode *dflt, const char *name,
                                   const char **vptr);
int SCConfGetChildValueIntWithDefault(const SCConfNode *base, const SCConfNode *dflt,
                                      const char *name, intmax_t *val);
int SCConfGetChildValueBoolWithDefault(const SCConfNode *base, const SCConfNode *dflt,
                                       const char *name, int *val);

/* Both are 0 for a word that is neither. */
int SCConfValIsTrue(const char *val);
int SCConfValIsFalse(const char *val);

/* The item of the sequence `ifaces_node_name` whose child "interface" is `iface`. */
SCConfNode *SCConfSetIfaceNode(const char *ifaces_node_name, const char *iface);
/* The items of `iface` and of "default". Returns 0, or -ENODEV if there is neither. */
int SCConfSetRootAndDefaultNodes(const char *ifaces_node_name, const char *iface,
                                 SCConfNode **if_root, SCConfNode **if_default);

/* Suricata's own unit tests; there are none here. */
void SCConfRegisterTests(void);

SURISIM_C_END

#endif

"""Which values a coded field may take, and what each is called for people (Chinese labels)."""

from enum import StrEnum


class Labelled(StrEnum):
    """A string code that carries its Chinese label: `Kind.REGULAR.label`."""

    label: str

    __hash__ = str.__hash__  # as it compares; and that of Enum is a function of Python

    def __new__(cls, value: str, label: str = "") -> "Labelled":
        """A member; looking one up by its code needs no label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class EmploymentKind(Labelled):
    """What sort of work a vacancy offers or a person wants."""

    REGULAR = "REGULAR", "全日制岗位"
    GIG = "GIG", "零工"
    INTERNSHIP = "INTERNSHIP", "见习"
    PUBLIC_WELFARE = "PUBLIC_WELFARE", "公益性岗位"


MARKET_KINDS = (EmploymentKind.REGULAR, EmploymentKind.GIG, EmploymentKind.INTERNSHIP)


class Program(Labelled):
    """The collection programme a vacancy came through (notice, paragraph 4)."""

    KEY_ENTERPRISE = "KEY_ENTERPRISE", "重点企业"
    MAJOR_PROJECT = "MAJOR_PROJECT", "重大项目"


class PayUnit(Labelled):
    """The unit in which a pay notation was written."""

    HOUR = "hour", "小时"
    DAY = "day", "天"
    WEEK = "week", "周"
    HALF_MONTH = "half_month", "半月"
    MONTH = "month", "月"
    YEAR = "year", "年"
    PIECE = "piece", "计件"


class Screening(Labelled):
    """The verdict of screening: only OK is ever shown."""

    OK = "OK", "通过"
    REVIEW = "REVIEW", "待复核"
    BLOCKED = "BLOCKED", "不得发布"


class ReviewOutcome(Labelled):
    """A reviewer's word on what screening found."""

    APPROVE = "approve", "通过"
    BLOCK = "block", "不得发布"
    ASK_CHANGE = "ask_change", "要求修改"


class VacancyStatus(Labelled):
    """Where a stored vacancy stands."""

    OPEN = "OPEN", "招聘中"
    NEEDS_COMPLETION = "NEEDS_COMPLETION", "待补充"
    WITHDRAWN = "WITHDRAWN", "已撤回"


class SeekerState(Labelled):
    """The registration state of a person; the night serves REGISTERED and SEEKER_ONLY."""

    APPLIED = "APPLIED", "已申请"
    REGISTERED = "REGISTERED", "登记失业"
    SUSPENDED = "SUSPENDED", "暂停"
    SEEKER_ONLY = "SEEKER_ONLY", "求职登记"
    EXITED = "EXITED", "已注销"
    CLOSED = "CLOSED", "已关闭"


SERVED_STATES = (SeekerState.REGISTERED, SeekerState.SEEKER_ONLY)


class Wish(Labelled):
    """就业意愿: decides the service package (notice, paragraph 2)."""

    EMPLOYMENT = "EMPLOYMENT", "有就业意愿"
    SELF_EMPLOYMENT = "SELF_EMPLOYMENT", "有自主经营意愿"
    UNCLEAR = "UNCLEAR", "就业意向尚不清晰"


class Mobility(Labelled):
    """How far from the wanted districts a place still meets the wish."""

    OWN_DISTRICT = "OWN_DISTRICT", "本区县"
    ADJACENT = "ADJACENT", "相邻区县"
    WHOLE_CITY = "WHOLE_CITY", "全市"
    OTHER_CITIES = "OTHER_CITIES", "可去外地"


class Shift(Labelled):
    """How the working hours lie."""

    DAY = "day", "白班"
    NIGHT = "night", "夜班"
    TWO_SHIFT = "two_shift", "两班倒"
    THREE_SHIFT = "three_shift", "三班倒"
    ROTATING = "rotating", "轮班"
    IRREGULAR = "irregular", "不定时"
    REMOTE = "remote", "居家"


class ServingClass(Labelled):
    """The published serving order of a person; the only thing hardship ever moves."""

    HARDSHIP = "HARDSHIP", "优先援助"
    LONG_WAITING = "LONG_WAITING", "等待较久"
    ROTATION = "ROTATION", "轮换"


class FixedWish(Labelled):
    """A wish that a person may mark as fixed: the ladder then never bends it."""

    OCCUPATION = "occupation", "职业"
    PLACE = "place", "地点"
    PAY = "pay", "薪酬"
    KIND = "kind", "用工形式"


class RunState(Labelled):
    """Where a night stands; readers only ever see PUBLISHED."""

    WRITING = "WRITING", "写入中"
    PUBLISHED = "PUBLISHED", "已发布"
    EXPIRED = "EXPIRED", "已过保存期"


class Role(Labelled):
    """What a client may do: see `api/security.py`."""

    SYSTEM = "system", "采集系统"
    BROKER = "broker", "劳务经纪人"
    COUNSELLOR = "counsellor", "职业指导员"
    OFFICE = "office", "就业服务机构"


class Rung(Labelled):
    """How far the wishes were bent to admit a vacancy. The stored number is the place in this order."""

    EXACT = "EXACT", "完全符合意愿"
    RELATED_OCCUPATION = "RELATED_OCCUPATION", "相近职业"
    ADJACENT_DISTRICT = "ADJACENT_DISTRICT", "相邻区县"
    WHOLE_CITY = "WHOLE_CITY", "全市范围"
    PAY_MINUS_10 = "PAY_MINUS_10", "薪酬略低于期望（不超过10%）"
    OTHER_KIND = "OTHER_KIND", "其他用工形式"
    OTHER_CITY = "OTHER_CITY", "其他城市"
    PUBLIC_WELFARE = "PUBLIC_WELFARE", "公益性岗位"


RUNGS = tuple(Rung)


class Constraint(Labelled):
    """What can keep a vacancy from a person; the certificate counts by these."""

    OCCUPATION = "OCCUPATION", "职业意向"
    PLACE = "PLACE", "工作地点"
    CONSENT = "CONSENT", "外地就业意愿"
    PAY = "PAY", "薪酬底线"
    KIND = "KIND", "用工形式"
    SHIFT = "SHIFT", "班次限制"
    CERTIFICATE = "CERTIFICATE", "所需证书"
    EDUCATION = "EDUCATION", "学历要求"
    MINOR = "MINOR", "未成年工保护"
    RELEASE = "RELEASE", "优先推荐期"
    WELFARE = "WELFARE", "公益性岗位安置对象"
    OPEN = "OPEN", "招聘有效期"


class Mark(Labelled):
    """What a person should know about an item; stored as one bit each, in this order."""

    COUNTY_UNKNOWN = "COUNTY_UNKNOWN", "未注明区县"
    PAY_UNKNOWN = "PAY_UNKNOWN", "月薪无法折算"
    EDUCATION_UNKNOWN = "EDUCATION_UNKNOWN", "学历情况待核实"
    EXPERIENCE_UNKNOWN = "EXPERIENCE_UNKNOWN", "工作经验待核实"
    SHIFT_UNKNOWN = "SHIFT_UNKNOWN", "未注明班次"
    CERTIFICATE_TO_GET = "CERTIFICATE_TO_GET", "上岗前需办理证件"
    SAME_EMPLOYER = "SAME_EMPLOYER", "同一单位的另一岗位"
    GUIDANCE = "GUIDANCE", "未填写求职意向，按就近和最新推荐，建议先做职业指导"
    OVER_CAPACITY = "OVER_CAPACITY", "推荐人数已超过名额，竞争较大"


MARKS = tuple(Mark)


class LeftBecause(Labelled):
    """Why an item of the last night is not among a person's items any more; stored as the place in this order."""

    FILLED = "FILLED", "岗位已招满"
    EXPIRED = "EXPIRED", "招聘已结束"
    REFUSED = "REFUSED", "本人不考虑"
    OVER_SUBSCRIBED = "OVER_SUBSCRIBED", "推荐人数已满"
    BETTER = "BETTER", "有明显更合适的岗位"
    NOT_ADMITTED = "NOT_ADMITTED", "条件有变化，不再符合"
    ANOTHER_EMPLOYER = "ANOTHER_EMPLOYER", "换成另一家单位的岗位"


LEFT_BECAUSE = tuple(LeftBecause)


class PassedOver(Labelled):
    """Why a vacancy that stands before an item in a person's own list was not among the items of a night."""

    DUPLICATE = "DUPLICATE", "与入选岗位重复发布"
    SAME_EMPLOYER = "SAME_EMPLOYER", "同一单位已有岗位入选"
    FULL = "FULL", "推荐人数已满"
    KEPT = "KEPT", "前一晚的推荐仍有效，分差不足以更换"
    CLOSE = "CLOSE", "分差不足以更换"
    NOT_LISTED = "NOT_LISTED", "排在当晚备选名单之外"
    UNEXPLAINED = "UNEXPLAINED", "原因不明"


class Confidence(Labelled):
    """The word a person reads beside an item."""

    HIGH = "HIGH", "很合适"
    MEDIUM = "MEDIUM", "合适"
    LOW = "LOW", "可考虑"


class SubscriptionState(Labelled):
    """Whether a receiver is told of vacancies."""

    ACTIVE = "ACTIVE", "启用"
    DISABLED = "DISABLED", "停用"
    ENDED = "ENDED", "已取消"


class MessageState(Labelled):
    """Where a message to one receiver stands."""

    WAITING = "WAITING", "待送达"
    DELIVERED = "DELIVERED", "已送达"
    DEAD = "DEAD", "未能送达"


class LedgerSide(Labelled):
    """Which of the two sides found nothing."""

    WANTED = "WANTED", "有人求职，没有找到三个"
    OFFERED = "OFFERED", "岗位在招，没有推荐给任何人"

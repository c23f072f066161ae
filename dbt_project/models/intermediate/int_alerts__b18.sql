-- B18 Exclusive benefits together in one month (X1, X2, X4, X5, X6, X11, X12, X15), over the last months.
with policy as (
    select * from {{ ref('int_policy__in_force') }}
),

exclusions as (
    select * from {{ ref('policy_benefit_exclusion') }}
),

standards as (
    select * from {{ ref('policy_benefit_standard') }}
),

programmes as (
    select * from {{ ref('programme') }}
),

months as (
    select * from {{ ref('int_months__judged') }}
),

payments as (
    select * from {{ ref('int_payments__netted') }}
),

covered as (
    select * from {{ ref('int_payments__covered') }}
),

spells as (
    select * from {{ ref('int_category_spells__recorded') }}
),

entitlements as (
    select * from {{ ref('int_entitlements__recorded') }}
),

-- The month of the as-of date and the months before it, up to the look-back.
window_months as (
    select
        months.benefit_month,
        months.month_end_date
    from months
    cross join policy
    where months.benefit_month > {{ add_months(month_start('policy.as_of_date'), '-policy.b18_lookback_months') }}
),

recent_lines as (
    select
        payments.*,
        window_months.month_end_date,
        programmes.is_household_line,
        programmes.is_repeatable
    from payments
    inner join window_months on payments.benefit_month = window_months.benefit_month
    inner join programmes on payments.programme_code = programmes.programme_code
),

recent_cover as (
    select covered.*
    from covered
    inner join window_months on covered.benefit_month = window_months.benefit_month
),

-- What each person holds in a month: own lines, and household lines through the covered members.
held as (
    select person_key, programme_code, benefit_month, last_pay_date, paid_yuan
    from recent_lines
    where is_net_paid and not is_household_line
    union all
    select person_key, programme_code, benefit_month, max(last_pay_date), sum(paid_yuan)
    from recent_cover
    group by person_key, programme_code, benefit_month
),

pairs as (
    select
        exclusions.exclusion_id,
        one.person_key,
        one.benefit_month,
        greatest(one.last_pay_date, other.last_pay_date) as fired_date,
        least(one.paid_yuan, other.paid_yuan) as amount_yuan,
        one.programme_code as programme_a,
        other.programme_code as programme_b
    from exclusions
    inner join held as one on exclusions.programme_a = one.programme_code
    inner join held as other
        on exclusions.programme_b = other.programme_code
        and one.person_key = other.person_key
        and one.benefit_month = other.benefit_month
),

repeats as (
    select
        'X11' as exclusion_id,
        person_key,
        benefit_month,
        last_pay_date as fired_date,
        cast(paid_yuan * (net_count - 1) / net_count as decimal(14, 2)) as amount_yuan,
        programme_code as programme_a,
        programme_code as programme_b
    from recent_lines
    where is_net_paid and first_run_net_count >= 2 and not is_repeatable
),

-- X6: a de facto unsupported child in 低保 or 特困 gets the difference to what the household's benefit gives it already.
child_lines as (
    select
        recent_lines.*,
        child_standards.amount_yuan as standard_yuan
    from recent_lines
    inner join standards as child_standards
        on recent_lines.programme_code = child_standards.programme_code
        and child_standards.valid_from <= recent_lines.benefit_month
        and recent_lines.benefit_month <= child_standards.valid_to
    where recent_lines.programme_code = '0502' and recent_lines.is_net_paid
),

child_shares as (
    select
        child_lines.person_key,
        child_lines.benefit_month,
        child_lines.last_pay_date,
        child_lines.paid_yuan,
        child_lines.standard_yuan,
        max(
            case
                when spells.layer_code = 'TK' then hardship_standards.amount_yuan
                else {{ household_share('entitlements.household_amount_yuan', 'entitlements.covered_count') }}
            end
        ) as share_yuan
    from child_lines
    inner join spells
        on child_lines.person_key = spells.person_key
        and spells.start_date <= child_lines.benefit_month
        and child_lines.benefit_month < spells.end_date
    left join entitlements
        on spells.household_id_civil_affairs = entitlements.household_id_civil_affairs
        and spells.category_code = entitlements.category_code
        and entitlements.entitled_person_key in ('', spells.person_key)
        and entitlements.valid_from <= child_lines.month_end_date
        and child_lines.month_end_date < entitlements.valid_to
    left join standards as hardship_standards
        on hardship_standards.programme_code = '0201'
        and hardship_standards.valid_from <= child_lines.benefit_month
        and child_lines.benefit_month <= hardship_standards.valid_to
    where spells.layer_code = 'TK' or (spells.layer_code = 'DB' and spells.is_covered)
    group by 1, 2, 3, 4, 5
),

differences as (
    select
        'X6' as exclusion_id,
        child_shares.person_key,
        child_shares.benefit_month,
        child_shares.last_pay_date as fired_date,
        cast(child_shares.paid_yuan - greatest(child_shares.standard_yuan - child_shares.share_yuan, 0) as decimal(14, 2))
            as amount_yuan,
        '0502' as programme_a,
        '' as programme_b
    from child_shares
    cross join policy
    where child_shares.paid_yuan
        > greatest(child_shares.standard_yuan - child_shares.share_yuan, 0) + policy.x6_tolerance_yuan
),

-- X15: the single-person allowance beside another member's benefit, or outside a household in 低保边缘.
single_lines as (
    select
        recent_lines.person_key,
        recent_lines.benefit_month,
        recent_lines.last_pay_date,
        recent_lines.paid_yuan,
        recent_lines.programme_code,
        spells.household_id_civil_affairs
    from recent_lines
    inner join spells
        on recent_lines.person_key = spells.person_key
        and spells.start_date <= recent_lines.benefit_month
        and recent_lines.benefit_month < spells.end_date
    where recent_lines.is_household_line and recent_lines.is_net_paid and spells.category_code = 'DB1'
),

member_months as (
    select distinct
        single_lines.household_id_civil_affairs,
        single_lines.benefit_month,
        spells.person_key,
        spells.category_code
    from single_lines
    inner join spells
        on single_lines.household_id_civil_affairs = spells.household_id_civil_affairs
        and spells.start_date <= single_lines.benefit_month
        and single_lines.benefit_month < spells.end_date
),

benefits as (
    select person_key, benefit_month, last_pay_date
    from recent_lines
    where is_net_paid and (is_household_line or programme_code = '0201')
    union all
    select person_key, benefit_month, last_pay_date from recent_cover
),

single_members as (
    select household_id_civil_affairs, benefit_month, person_key from member_months where category_code = 'DB1'
),

beside as (
    select
        member_months.household_id_civil_affairs,
        member_months.benefit_month,
        max(benefits.last_pay_date) as last_pay_date
    from member_months
    inner join benefits
        on member_months.person_key = benefits.person_key
        and member_months.benefit_month = benefits.benefit_month
    left join single_members
        on member_months.household_id_civil_affairs = single_members.household_id_civil_affairs
        and member_months.benefit_month = single_members.benefit_month
        and member_months.person_key = single_members.person_key
    where single_members.person_key is null
    group by member_months.household_id_civil_affairs, member_months.benefit_month
),

near_minimum as (
    select distinct household_id_civil_affairs, benefit_month
    from member_months
    where category_code = 'DBB'
),

singles as (
    select
        'X15' as exclusion_id,
        single_lines.person_key,
        single_lines.benefit_month,
        greatest(single_lines.last_pay_date, coalesce(beside.last_pay_date, single_lines.last_pay_date)) as fired_date,
        single_lines.paid_yuan as amount_yuan,
        single_lines.programme_code as programme_a,
        '' as programme_b
    from single_lines
    left join beside
        on single_lines.household_id_civil_affairs = beside.household_id_civil_affairs
        and single_lines.benefit_month = beside.benefit_month
    left join near_minimum
        on single_lines.household_id_civil_affairs = near_minimum.household_id_civil_affairs
        and single_lines.benefit_month = near_minimum.benefit_month
    where beside.last_pay_date is not null or near_minimum.benefit_month is null
),

findings as (
    select * from pairs
    union all
    select * from repeats
    union all
    select * from differences
    union all
    select * from singles
),

final as (
    select
        'B18' as rule_id,
        person_key,
        benefit_month as evidence_month,
        exclusion_id as detail,
        'open' as alert_status_code,
        'R' as severity_code,
        max(fired_date) as fired_date,
        cast(max(amount_yuan) as decimal(14, 2)) as amount_yuan,
        {{ json_of({
            'exclusion_id': 'exclusion_id',
            'programme_a': 'min(programme_a)',
            'programme_b': 'max(programme_b)',
        }) }} as evidence_json
    from findings
    group by person_key, benefit_month, exclusion_id
)

select * from final

-- A household line stands in one member's name and pays every covered member of that member's household (ruling R7).
with netted as (
    select * from {{ ref('int_payments__netted') }}
),

programmes as (
    select * from {{ ref('programme') }}
),

spells as (
    select * from {{ ref('int_category_spells__recorded') }} where household_id_civil_affairs is not null
),

household_lines as (
    select netted.*
    from netted
    inner join programmes on netted.programme_code = programmes.programme_code and programmes.is_household_line
    where netted.is_net_paid
),

-- The household in which the line's person is listed: where a spell holds on the 1st, else where the last one began. Of
-- several that hold, one that covers the person (who may be listed in another's household by mistake), the one that the
-- line can pay, then the one of the line's own standard (0101 urban, 0102 rural).
listings as (
    select
        household_lines.person_key as line_person_key,
        household_lines.programme_code,
        household_lines.benefit_month,
        household_lines.last_pay_date,
        household_lines.paid_yuan,
        spells.household_id_civil_affairs,
        spells.category_code = 'DB1' and household_lines.benefit_month < spells.end_date as is_own_only
    from household_lines
    inner join spells
        on household_lines.person_key = spells.person_key
        and spells.start_date <= household_lines.benefit_month
    qualify row_number() over (
        partition by household_lines.person_key, household_lines.programme_code, household_lines.benefit_month
        order by
            case when household_lines.benefit_month < spells.end_date then 0 else 1 end,
            case when spells.is_covered then 0 else 1 end,
            case spells.category_code when 'DB1' then 0 when 'DB' then 1 else 2 end,
            case when household_lines.programme_code = '010' || spells.urban_rural_code then 0 else 1 end,
            spells.start_date desc,
            spells.household_id_civil_affairs
    ) = 1
),

own as (
    select
        line_person_key as person_key,
        line_person_key,
        household_id_civil_affairs,
        'DB1' as category_code,
        line_person_key as entitled_person_key,
        programme_code,
        benefit_month,
        last_pay_date,
        paid_yuan
    from listings
    where is_own_only
),

shared as (
    select
        members.person_key,
        listings.line_person_key,
        listings.household_id_civil_affairs,
        members.category_code,
        case when members.category_code = 'DB' then '' else members.person_key end as entitled_person_key,
        listings.programme_code,
        listings.benefit_month,
        listings.last_pay_date,
        listings.paid_yuan
    from listings
    inner join spells as members
        on listings.household_id_civil_affairs = members.household_id_civil_affairs
        and members.layer_code = 'DB'
        and members.is_covered
        and members.start_date <= listings.benefit_month
        and listings.benefit_month < members.end_date
    where not listings.is_own_only
),

united as (
    select * from own
    union all
    select * from shared
),

-- One spell may follow another in a household: a member is covered once by a line.
final as (
    select *
    from united
    qualify row_number() over (
        partition by person_key, line_person_key, programme_code, benefit_month order by household_id_civil_affairs
    ) = 1
)

select * from final
